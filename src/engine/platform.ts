/** Whether what is for `own` runs where `wanted` is asked for: `linux/arm64` does for `linux/arm64/v8`, `linux/arm` does not. */
export function isForPlatform(own: { readonly os: string; readonly architecture: string }, wanted: string): boolean {
  const [os, architecture] = wanted.split('/');
  return own.os === os && own.architecture === architecture;
}

/** What images are built and pulled for: what SageMaker's instances are, unless the user's docker says otherwise. */
export function wantedPlatform(env: Readonly<Record<string, string | undefined>>): { readonly platform: string; readonly from: string } {
  const own = env.DOCKER_DEFAULT_PLATFORM;
  return own ? { platform: own, from: 'DOCKER_DEFAULT_PLATFORM' } : { platform: 'linux/amd64', from: "SageMaker's instances" };
}

/** Whether a processor runs an image's programs by itself, without emulation. Go's names. */
export const isNativeTo = (processor: string, image: { readonly architecture: string }): boolean =>
  image.architecture === processor || olderForms[processor] === image.architecture;

/** What a processor also runs. */
const olderForms: Readonly<Record<string, string>> = { amd64: '386', arm64: 'arm' };
