import type { Emulator } from './emulator.ts';
import type { Image, PullProgress } from './engine/engine.ts';
import { wantedPlatform } from './engine/platform.ts';
import { withoutPasswords } from './engine/proxies.ts';
import { type ImageSource, resolveImage } from './engine/resolve-image.ts';
import { type ProgressEvent, type ProgressMeter, progressMeter } from './progress.ts';

export interface ImageRequest {
  readonly image: ImageSource;
  readonly buildArguments?: Readonly<Record<string, string>>;
}

/** What is told of a build or a pull. */
export type ImageEvent = { readonly event: 'build' | 'note' | 'warning'; readonly message: string } | ProgressEvent;

export interface ImageObserver {
  event(event: ImageEvent): void;
}

/**
 * The image a request names. What is built is labelled as this home's. Errors: BuildFailed, those of `Images.ensure`, and trouble of the engine.
 */
export async function findOrBuildImage(
  { engine }: Emulator,
  { image, buildArguments }: ImageRequest,
  observer: ImageObserver,
  signal: AbortSignal,
): Promise<Image> {
  const say = (event: 'build' | 'note' | 'warning') => (message: string) => observer.event({ event, message });
  const { warnings, proxies } = engine.settings();
  for (const warning of warnings) say('warning')(warning);
  if (proxies) {
    const variables = Object.entries(proxies.variables).filter(([name]) => name === name.toUpperCase());
    const text = variables.map(([name, value]) => `${name}=${withoutPasswords(value)}`).join(', ');
    say('note')(`Builds and containers get ${text} (${proxies.from} of the docker config).`);
  }
  const pulls = pullMeters((event) => observer.event(event));
  try {
    const found = await resolveImage(engine, image, {
      platform: wantedPlatform(process.env).platform,
      ...(buildArguments && { buildArguments }),
      labels: { 'sm-local.kind': 'image' }, // the same for every home: a label is a step of the build, and steps are cached
      onBuildLine: say('build'),
      onProgress: pulls.update,
      onNote: say('note'),
      onWarning: say('warning'),
      signal,
    });
    pulls.end('done');
    return found;
  } catch (error) {
    pulls.end('failed');
    throw error;
  }
}

/** One meter for each image and stage, one after the other. */
function pullMeters(tell: (event: ProgressEvent) => void) {
  let current: { readonly what: string; readonly meter: ProgressMeter } | undefined;
  return {
    update({ image, stage, done, total }: PullProgress): void {
      const what = `${stage === 'download' ? 'Pulling' : 'Unpacking'} ${image}`;
      if (current?.what !== what) {
        if (stage === 'unpack' && total !== undefined) current?.meter.update(total, total); // what is unpacked has all arrived
        current?.meter.end('done');
        current = { what, meter: progressMeter(what, 'bytes', tell) };
      }
      current.meter.update(done, total);
    },
    end: (state: 'done' | 'failed') => current?.meter.end(state),
  };
}
