import { limitsOf } from '../contract/limits.ts';
import type { SavedRequest } from '../dev/invocation.ts';
import { lastRequest, RepeatedInvocation } from '../dev/saved-request.ts';
import { WantedChanges } from '../dev/wanted.ts';
import { watchEndpoints } from '../dev/watched-endpoints.ts';
import { openEmulator } from '../emulator.ts';
import { type ServeObserver, type ServeSpec, serve as serveEndpoints } from '../endpoints/serve.ts';
import { orAborted } from '../engine/steady.ts';
import { fail } from '../errors.ts';
import type { InvocationOver } from '../hosting/reply.ts';
import type { ImageRequest } from '../image.ts';
import { sourceCode } from '../options/code-flags.ts';
import { emulatorOptions } from '../options/common-flags.ts';
import type { ServeCommandValues } from '../options/serve-options.ts';
import { only } from '../options/serve-request.ts';
import { servingSpec } from '../options/serving-spec.ts';
import { Scope } from '../scope.ts';
import { openAccessLog } from './access-log.ts';
import { debugging } from './debugging.ts';
import { bodyOf } from './invoke.ts';
import type { Io } from './io.ts';
import { listenToKeys } from './keys.ts';
import { openWatch } from './open-watch.ts';
import { besides } from './orphans.ts';
import { humanServeNews, jsonServeNews, type ServeNews } from './serve-news.ts';
import { type Interrupts, interrupted } from './signals.ts';
import { followEndpoints, looking, running, StopNews } from './stop-news.ts';
import { WatchKeys } from './watch-keys.ts';

/** `sm-local serve --watch`: endpoints that become what their code becomes, until Ctrl-C or q. Returns the exit code: 0 when it ends so. */
export async function watchServe(image: string | undefined, values: ServeCommandValues, io: Io): Promise<number> {
  await using debug = await debugging(values, io);
  await using emulator = await debug.open(emulatorOptions(values, io), openEmulator);
  const spec = await servingSpec(image, values, io, emulator);
  const saved = await savedRequest(values, spec, io);
  using stopNews = new StopNews(io, values.json);
  const keys = new WatchKeys(io);
  const run = async (interrupts: Interrupts): Promise<number> => {
    const changing = imageThatChanges(spec);
    await using watch = await openWatch(emulator, changing.image, values, io);
    const grace = limitsOf('serving', spec.setting.limits, spec.setting)['stop-grace'];
    const human = { grace, showsLogs: () => keys.showsLogs, isStopping: () => interrupts.stop.aborted, places: watch.places };
    const news = values.json ? jsonServeNews(io) : humanServeNews(io, human);
    const follow = followEndpoints(stopNews, grace, () => !interrupts.stop.aborted);
    const observer: ServeObserver = {
      event(event) {
        news.event(event);
        follow(event);
      },
      log: news.log,
    };
    const warn = (message: string): void => news.event({ event: 'warning', message });
    const wanted = new WantedChanges({ ...watch, onIgnored: news.unused, onTrouble: news.trouble });
    const own = spec.requests.endpoints.map(({ EndpointName = '' }) => EndpointName);
    await orAborted(emulator.engine.describe(), interrupts.stop); // an endpoint does not begin where no engine answers
    const others = await besides(emulator, warn, ...own);
    try {
      await using scope = new Scope();
      const target = values['access-log'];
      const access = target === undefined ? undefined : scope.use(await openAccessLog(target, io, warn));
      if (values.fault.length > 0) observer.event({ event: 'note', message: `Faults on demand: ${values.fault.join(', ')}.` });
      const latest = lastRequest();
      const hosting: ServeSpec = {
        ...spec,
        isEmptyAtFirst: true,
        ...(!saved && { recorder: latest.recorder }),
      };
      const invocation = (over: InvocationOver): void => access?.add(over);
      const served = scope.use(await serveEndpoints(emulator, hosting, { ...observer, invocation }, interrupts));
      const repeated = new RepeatedInvocation(served.url, saved ?? (async () => latest.latest()));
      const invoke = (signal: AbortSignal, isAsked: boolean): Promise<void> => invokeAgain(repeated, news, signal, isAsked);
      const listening = new AbortController();
      const listened = wanted.listen(listening.signal);
      scope.defer(async () => {
        listening.abort();
        await listened;
      });
      using _keys = values.json
        ? undefined
        : listenToKeys(
            keys.with([
              ...(changing.image.image.kind === 'directory' ? [{ key: 'r', does: 'rebuild', press: () => wanted.rebuild() }] : []),
              { key: 'i', does: 'invoke', press: () => void invoke(interrupts.stop, true) },
            ]),
            io,
          );
      let live: Disposable | undefined;
      scope.defer(() => live?.[Symbol.dispose]());
      await watchEndpoints(
        {
          emulator,
          served,
          wanted,
          ...spec,
          reference: changing.reference,
          setting: { ...spec.setting, startAttempts: 1 }, // the next change mends it, not the next attempt
          ...(values['entry-point'] !== undefined && { readCode: (signal) => readCode(spec, values, io, warn, signal) }),
          updates: watch.updates,
          debugged: debug.anew,
          news: {
            ...news,
            event: observer.event,
            async answers(endpoints, seconds) {
              stopNews.enter(running);
              live ??= news.watch(served.monitor);
              await news.answers(endpoints, seconds);
              void invoke(interrupts.stop, false);
            },
            async failed(failure) {
              stopNews.enter(failure.isServing ? running : looking);
              await news.failed(failure);
            },
          },
        },
        interrupts,
      ).catch((error: unknown) => {
        if (error !== interrupts.stop.reason && error !== interrupts.kill.reason) throw error;
      });
      await served.stop(interrupts.kill);
      return keys.isQuit || live !== undefined ? 0 : (interrupts.exitCode ?? 0);
    } finally {
      await others.leave();
      await news.drained();
    }
  };
  const exitCode = await interrupted(emulator, stopNews, run);
  return keys.isQuit ? 0 : exitCode;
}

/**
 * The directory that models are built of, whatever the others have; without one the only image, by what it is called in models, and how it is
 * got. Errors: WrongUsage.
 */
function imageThatChanges({ requests, setting }: ServeSpec): { readonly reference: string; readonly image: ImageRequest } {
  const references = [...new Set(requests.models.flatMap(({ PrimaryContainer }) => PrimaryContainer?.Image ?? []))];
  const images = references.map((reference) => ({
    reference,
    image: setting.images?.[reference] ?? { image: { kind: 'image', reference } as const },
  }));
  const paths = images.flatMap(({ image }) => (image.image.kind === 'directory' ? image.image.path : []));
  const changing = paths.length > 0 ? images.filter(({ image }) => image.image.kind === 'directory') : images;
  const [only, ...others] = changing;
  if (only && others.length === 0) return only;
  if (paths.length > 0) {
    throw fail('WrongUsage', {
      message: `--watch goes with one directory, and the requests have ${paths.join(', ')}.`,
      remedy:
        'In the file, name the one that you change, and of the others the images that they were built as (sm-local build prints the name).',
    });
  }
  throw fail('WrongUsage', {
    message: `--watch goes with one image, and the requests have ${references.join(', ') || 'none'}.`,
    remedy: 'Say what the one that you change is built of: Image: ./my-image in the file, or sm-local serve ./my-image -f … --watch.',
  });
}

async function readCode(
  spec: ServeSpec,
  values: ServeCommandValues,
  { cwd }: Io,
  onWarning: (message: string) => void,
  signal: AbortSignal,
) {
  only(spec.requests.models, '--entry-point');
  return await sourceCode(values, { cwd, purpose: 'serving', onWarning }, signal);
}

/** What is invoked after each change: as the options say it; undefined where they do not. */
async function savedRequest(
  values: ServeCommandValues,
  { requests: { endpoints } }: ServeSpec,
  io: Io,
): Promise<(() => Promise<SavedRequest>) | undefined> {
  if (values.body === undefined) return undefined;
  const body = await bodyOf(values, io); // what is wrong with it is known at once
  const contentType = values['content-type'].at(-1);
  const { accept } = values;
  const [first, ...others] = endpoints;
  const endpoint = others.length > 0 ? first?.EndpointName : undefined;
  const rest = {
    ...(endpoint !== undefined && { endpoint }),
    ...(contentType !== undefined && { contentType }),
    ...(accept !== undefined && { accept }),
  };
  const isFile = values.body.startsWith('@');
  return async () => ({ body: isFile ? await bodyOf(values, io) : body, ...rest });
}

/** Trouble with the request itself is told. */
async function invokeAgain(repeated: RepeatedInvocation, news: ServeNews, signal: AbortSignal, isAsked: boolean): Promise<void> {
  try {
    const how = await repeated.invoke(signal);
    if (typeof how === 'object') news.invoked(how);
    else if (isAsked && how === 'no request')
      news.event({ event: 'note', message: 'There is nothing to invoke it with: give --body, or invoke it once yourself.' });
  } catch (error) {
    if (!signal.aborted) news.trouble(error);
  }
}
