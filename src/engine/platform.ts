/** Whether what is for `own` runs where `wanted` is asked for: `linux/arm64` does for `linux/arm64/v8`, `linux/arm` does not. */
export function isForPlatform(own: { readonly os: string; readonly architecture: string }, wanted: string): boolean {
  const [os, architecture] = wanted.split('/');
  return own.os === os && own.architecture === architecture;
}
