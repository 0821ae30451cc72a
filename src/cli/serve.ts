import { captureAll } from '../contract/data-capture.ts';
import { limitsOf, parseLimits } from '../contract/limits.ts';
import { defaultName } from '../contract/names.ts';
import { openEmulator } from '../emulator.ts';
import { imageSource } from '../engine/resolve-image.ts';
import { fail } from '../errors.ts';
import { onAbort } from '../jobs/stop.ts';
import { type ServedEndpoint, type ServeObserver, serve as serveEndpoint } from '../serve.ts';
import { toUri } from '../store/location.ts';
import { tail } from '../store/log-file.ts';
import { buildArguments, emulatorOptions, gpus, variables } from './common-flags.ts';
import { type Io, style } from './io.ts';
import { besides } from './orphans.ts';
import type { ServeValues } from './serve-options.ts';
import { humanServePrinter, jsonServePrinter } from './serve-printer.ts';
import { type Interrupts, interrupted } from './signals.ts';
import { followEndpoint, StopNews } from './stop-news.ts';
import { shortPath } from './train-summary.ts';

/** `sm-local serve`: an endpoint until Ctrl-C. Returns the exit code: 0 after Ctrl-C, 1 when the image did not become healthy. */
export async function serve(image: string, values: ServeValues, io: Io): Promise<number> {
  const limits = parseLimits(values.limit);
  const spec = {
    image: imageSource(image, io.cwd),
    buildArguments: buildArguments(values['build-arg'], io.env),
    name: values.name ?? defaultName(image === '.' ? io.cwd : image, io.now()),
    ...(values.model !== undefined && { model: values.model }),
    cwd: io.cwd,
    environment: variables('--env', values.env),
    port: portOf(values.port ?? '8080'),
    limits,
    startAttempts: values['fast-fail'] ? 1 : 3,
    isRaw: values.raw,
    ...(values.gpus !== undefined && { gpus: gpus(values.gpus) }),
    ...(values.capture !== undefined && { dataCapture: captureAll(toUri(values.capture, io.cwd)) }),
  };
  await using emulator = await openEmulator(emulatorOptions(values, io));
  const grace = limitsOf('serving', limits)['stop-grace'];
  using news = new StopNews(io, values.json);
  const printer = values.json ? jsonServePrinter(io) : humanServePrinter(io, grace);
  const observer: ServeObserver = {
    event: (event) => {
      printer.event(event);
      followEndpoint(news, event, grace);
    },
    log: printer.log,
  };
  return await interrupted(emulator, news, async (interrupts) => {
    const others = await besides(emulator, (message) => printer.event({ event: 'warning', message }), spec.name);
    try {
      await using endpoint = await serveEndpoint(emulator, spec, observer, interrupts);
      const exitCode = await outcome(endpoint, values, io, interrupts);
      await endpoint.stop(interrupts.kill);
      return exitCode;
    } finally {
      await others.leave();
      await printer.drained();
    }
  });
}

/** Serving until it is told to stop is what was asked for, so Ctrl-C ends it well; before it served it interrupts. */
async function outcome(endpoint: ServedEndpoint, values: ServeValues, io: Io, { stop, exitCode }: Interrupts): Promise<number> {
  if (endpoint.status === 'Failed') return await reportFailure(endpoint, values, io);
  if (endpoint.status !== 'InService') return exitCode ?? 1;
  await Promise.race([onAbort(stop, undefined).aborted, endpoint.stopped]);
  return 0;
}

async function reportFailure(endpoint: ServedEndpoint, values: ServeValues, io: Io): Promise<number> {
  const { failure } = endpoint;
  if (failure?.error) throw failure.error; // trouble of the host, or an image that cannot run: the catalogue has the words for it
  if (values.json) return 1;
  const { red, bold, dim } = style(io.color);
  const blocks = await Promise.all(
    Object.entries(endpoint.logs).map(async ([instance, path]) => {
      const lines = (await tail(path, 20)).map(({ message }) => `  ${dim('|')} ${message}\n`).join('');
      return lines === '' ? `${instance} printed nothing.\n` : `Last lines of ${instance} (${shortPath(path, io.cwd)}):\n${lines}`;
    }),
  );
  await io.err.write(`${red(bold('Failed'))} ${failure?.reason ?? ''}\n${blocks.join('')}${advice}\n`);
  return 1;
}

const advice =
  'The server must listen on 0.0.0.0:8080 and answer GET /ping with status 200 within 2 s; until then every other answer means "not yet".';

function portOf(text: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= 65_535) return port;
  throw fail('WrongUsage', { message: `--port ${text}: that is no port.`, remedy: 'Give a number from 1 to 65535, or 0 for a free one.' });
}
