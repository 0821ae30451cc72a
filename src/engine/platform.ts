/** Whether what is for `own` runs where `wanted` is asked for: `linux/arm64` does for `linux/arm64/v8`, `linux/arm` does not. */
export function isForPlatform(own: { readonly os: string; readonly architecture: string }, wanted: string): boolean {
  const [os, architecture] = wanted.split('/');
  return own.os === os && own.architecture === architecture;
}

/** Whether a processor runs an image's programs by itself, without emulation. Go's names. */
export const isNativeTo = (processor: string, image: { readonly architecture: string }): boolean =>
  image.architecture === processor || olderForms[processor] === image.architecture;

/** What a processor also runs. */
const olderForms: Readonly<Record<string, string>> = { amd64: '386', arm64: 'arm' };
