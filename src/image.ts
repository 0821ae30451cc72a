import type { Emulator } from './emulator.ts';
import type { Image } from './engine/engine.ts';
import { type ImageSource, resolveImage } from './engine/resolve-image.ts';

export interface ImageRequest {
  readonly image: ImageSource;
  readonly buildArguments?: Readonly<Record<string, string>>;
}

/** Who is told about a build. */
export interface ImageObserver {
  event(event: { readonly event: 'build' | 'warning'; readonly message: string }): void;
}

/** The image a request names. What is built is labelled as this home's. Errors: BuildFailed, ImageNotFound, WrongPlatform. */
export function findOrBuildImage(
  emulator: Emulator,
  { image, buildArguments }: ImageRequest,
  observer: ImageObserver,
  signal: AbortSignal,
): Promise<Image> {
  return resolveImage(emulator.engine, image, {
    // What SageMaker's instances are, unless the user's docker says otherwise.
    platform: process.env.DOCKER_DEFAULT_PLATFORM ?? 'linux/amd64',
    ...(buildArguments && { buildArguments }),
    labels: { 'sm-local.kind': 'image' }, // the same for every home: a label is a step of the build, and steps are cached
    onBuildLine: (message) => observer.event({ event: 'build', message }),
    onWarning: (message) => observer.event({ event: 'warning', message }),
    signal,
  });
}
