import type { Emulator } from './emulator.ts';
import type { BuildOptions, BuildSpec, BuildStep, Engine, Image, Labels, PullProgress } from './engine/engine.ts';
import { isForPlatform, wantedPlatform } from './engine/platform.ts';
import { withoutPasswords } from './engine/proxies.ts';
import { type ImageSource, resolveImage } from './engine/resolve-image.ts';
import { fail, isError } from './errors.ts';
import { nearestImage } from './image-names.ts';
import { type BuildEvent, lateMeter, type ProgressEvent, type ProgressMeter, progressMeter } from './progress.ts';
import { secretArguments } from './secrets.ts';
import { trace } from './trace.ts';

export interface ImageRequest {
  readonly image: ImageSource;
  readonly buildArguments?: Readonly<Record<string, string>>;
  /** What it is built and pulled for; what SageMaker's instances are, or the user's docker says, by default. */
  readonly platform?: string;
  /** Laid over its files in every container (`ContainerSpec.patches`). */
  readonly patches?: readonly string[];
}

/** What is told of a build or a pull. */
export type ImageEvent = BuildEvent | { readonly event: 'note' | 'warning'; readonly message: string } | ProgressEvent;

export interface ImageObserver {
  event(event: ImageEvent): void;
}

/**
 * The image a request names. What is built is labelled as this home's. Errors: BuildFailed, BuilderLacks, those of `Images.ensure`, and trouble of
 * the engine.
 */
export async function findOrBuildImage(
  { engine }: Pick<Emulator, 'engine'>,
  { image, buildArguments, platform = wantedPlatform(process.env).platform }: ImageRequest,
  observer: ImageObserver,
  signal: AbortSignal,
): Promise<Image> {
  return await telling(engine, observer, async (told) => {
    if (image.kind === 'directory') warnOfSecrets(buildArguments, observer);
    return await resolveImage(engine, image, {
      platform,
      ...(buildArguments && { buildArguments }),
      labels: directoryLabels,
      ...told,
      signal,
    });
  });
}

/** Builds a directory as it is asked for. Errors: those of `Images.build`. */
export async function buildDirectory(engine: Engine, spec: BuildSpec, observer: ImageObserver, signal: AbortSignal): Promise<Image> {
  return await telling(engine, observer, async (told) => {
    warnOfSecrets(spec.buildArguments, observer);
    const image = await engine.images.build(spec, { ...told, signal });
    refuseOtherPlatform(image, spec);
    return image;
  });
}

/** A base image that is there for another platform is taken all the same, without a word. */
function refuseOtherPlatform(image: Image, { directory, platform, tag }: BuildSpec): void {
  if (platform === undefined || isForPlatform(image, platform)) return;
  const own = `${image.os}/${image.architecture}`;
  throw fail('BuildFailed', {
    directory,
    message: `it was to be for ${platform}, and ${tag}, which is there now, is for ${own}, as its base image is.`,
    remedy: `Name a base image that there is for ${platform}, have it pulled with --pull, or say what is meant: --platform ${own}.`,
  });
}

/** The same for every home: a label is a step of the build, and steps are cached. */
export const directoryLabels: Labels = { 'sm-local.kind': 'image' };

/** Does something with an image and tells of it, beginning with what the docker config brings along. */
async function telling(engine: Engine, observer: ImageObserver, work: (told: BuildOptions) => Promise<Image>): Promise<Image> {
  const say = (event: 'note' | 'warning') => (message: string) => observer.event({ event, message });
  const { warnings, proxies } = engine.settings();
  for (const warning of warnings) say('warning')(warning);
  if (proxies) {
    const variables = Object.entries(proxies.variables).filter(([name]) => name === name.toUpperCase());
    const text = variables.map(([name, value]) => `${name}=${withoutPasswords(value)}`).join(', ');
    say('note')(`Builds and containers get ${text} (${proxies.from} of the docker config).`);
  }
  const pulls = pullMeters((event) => observer.event(event));
  const context = lateMeter('Sending the directory to the builder', 'bytes', (event) => observer.event(event));
  try {
    const image = await work({
      onContext: (sent) => context.update(sent),
      onStep: (step) => {
        context.end('done'); // all has arrived
        observer.event(stepEvent(step));
      },
      onLine: (message, step) => observer.event({ event: 'build', message, ...(step !== undefined && { step }) }),
      onProgress: pulls.update,
      onNote: say('note'),
      onWarning: say('warning'),
    });
    pulls.end('done');
    trace(
      () =>
        `image ${image.id}, ${image.os}/${image.architecture}, entry point ${JSON.stringify(image.entrypoint ?? [])}, user ${image.user || 'root'}`,
    );
    return image;
  } catch (error) {
    pulls.end('failed');
    context.end('failed');
    throw await withNearest(engine, error);
  }
}

/** An image that could not be pulled may have been one of this engine, with another name. */
async function withNearest(engine: Engine, error: unknown): Promise<unknown> {
  const isPull = isError(error, 'ImageNotFound') || isError(error, 'RegistryUnreachable') || isError(error, 'RegistryDenied');
  if (!isPull || ('does' in error.detail && error.detail.does === 'push')) return error;
  const near = await nearestImage(engine, error.detail.image).catch(() => undefined);
  return near === undefined ? error : fail(error.code, { ...error.detail, near } as never, error.cause);
}

function stepEvent({ place, text, state, seconds, line }: BuildStep): BuildEvent {
  const message = state === 'begun' ? `Step ${place} : ${text}` : `Step ${place} ${state}`;
  return {
    ...{ event: 'build', message, step: place, state },
    ...(seconds !== undefined && { seconds: Math.round(seconds * 1000) / 1000 }),
    ...(line !== undefined && { line }),
  };
}

function warnOfSecrets(buildArguments: Readonly<Record<string, string>> = {}, observer: ImageObserver): void {
  for (const name of secretArguments(buildArguments)) {
    const id = name.toLowerCase();
    const message =
      `The build argument ${name} looks like a secret, and build arguments stay in the image's history. ` +
      `Hand it over with sm-local build --secret id=${id},env=${name}, and read it with RUN --mount=type=secret,id=${id}.`;
    observer.event({ event: 'warning', message });
  }
}

/** One meter for each image and stage, one after the other. */
function pullMeters(tell: (event: ProgressEvent) => void) {
  let current: { readonly what: string; readonly meter: ProgressMeter } | undefined;
  const over = new Set<string>();
  return {
    update({ image, stage, done, total }: PullProgress): void {
      const what = `${stage === 'download' ? 'Pulling' : 'Unpacking'} ${image}`;
      if (over.has(what)) return;
      if (current?.what !== what) {
        if (stage === 'unpack' && total !== undefined) current?.meter.update(total, total); // what is unpacked has all arrived
        current?.meter.end('done');
        current = { what, meter: progressMeter(what, 'bytes', tell) };
      }
      current.meter.update(done, total);
      if (stage === 'download' || done !== total) return;
      over.add(what);
      current.meter.end('done');
    },
    end: (state: 'done' | 'failed') => current?.meter.end(state),
  };
}
