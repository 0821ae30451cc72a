import { limitsOf } from '../contract/limits.ts';
import { openEmulator } from '../emulator.ts';
import { type Served, type ServeObserver, serve as serveEndpoints } from '../endpoints/serve.ts';
import { orAborted } from '../engine/steady.ts';
import { fail } from '../errors.ts';
import { shortLine } from '../harmless.ts';
import type { InvocationOver } from '../hosting/reply.ts';
import { sourceCode } from '../options/code-flags.ts';
import { emulatorOptions } from '../options/common-flags.ts';
import type { ServeCommandValues, ServeValues } from '../options/serve-options.ts';
import { only } from '../options/serve-request.ts';
import { servingSpec } from '../options/serving-spec.ts';
import { collectPassingGarbage } from '../passing-garbage.ts';
import { onAbort } from '../stop.ts';
import { tail } from '../store/log-file.ts';
import { openAccessLog } from './access-log.ts';
import { debugging } from './debugging.ts';
import { type Io, style, troubleOf } from './io.ts';
import { jsonLine } from './json-lines.ts';
import { besides } from './orphans.ts';
import { humanServePrinter, jsonServePrinter } from './serve-printer.ts';
import { type Interrupts, interrupted } from './signals.ts';
import { followEndpoints, StopNews } from './stop-news.ts';
import { shortPath } from './train-summary.ts';

/** `sm-local serve`: endpoints until Ctrl-C. Returns the exit code: 0 after Ctrl-C, 1 when an image did not become healthy. */
export async function serve(image: string | undefined, values: ServeCommandValues, io: Io): Promise<number> {
  collectPassingGarbage();
  if (values.watch) return await (await import('./serve-watch.ts')).watchServe(image, values, io);
  await using debug = await debugging(values, io);
  await using emulator = await debug.open(emulatorOptions(values, io), openEmulator);
  const spec = await servingSpec(image, values, io, emulator);
  const { requests, setting } = spec;
  const grace = limitsOf('serving', setting.limits, setting)['stop-grace'];
  using news = new StopNews(io, values.json);
  const printer = values.json ? jsonServePrinter(io) : humanServePrinter(io, grace);
  const follow = followEndpoints(news, grace);
  const observer: ServeObserver = {
    event: (event) => {
      printer.event(event);
      follow(event);
    },
    log: printer.log,
  };
  const warn = (message: string): void => printer.event({ event: 'warning', message });
  const run = async (interrupts: Interrupts): Promise<number> => {
    const own = requests.endpoints.map(({ EndpointName = '' }) => EndpointName);
    const code = await sourceCode(values, { cwd: io.cwd, purpose: 'serving', onWarning: warn }, interrupts.stop);
    if (code) only(requests.models, '--entry-point');
    await orAborted(emulator.engine.describe(), interrupts.stop); // an endpoint does not begin where no engine answers
    const others = await besides(emulator, warn, ...own);
    try {
      if (values.fault.length > 0) observer.event({ event: 'note', message: `Faults on demand: ${values.fault.join(', ')}.` });
      const target = values['access-log'];
      await using access = target === undefined ? undefined : await openAccessLog(target, io, warn);
      const invocation = (over: InvocationOver): void => access?.add(over);
      const coded = { ...spec, setting: { ...setting, ...(code && { code }) } };
      await using served = await serveEndpoints(emulator, coded, { ...observer, invocation }, interrupts);
      using _watched = served.endpoints.every(({ endpoint }) => endpoint.status === 'InService')
        ? printer.watch(served.monitor)
        : undefined;
      const exitCode = await outcome(served, values, io, interrupts);
      await served.stop(interrupts.kill);
      return exitCode;
    } finally {
      await others.leave();
      await printer.drained();
    }
  };
  return await interrupted(emulator, news, debug.guard(run));
}

/** Serving until it is told to stop is what was asked for, so Ctrl-C ends it well; before it served it interrupts. */
async function outcome(served: Served, values: ServeValues, io: Io, { stop, exitCode }: Interrupts): Promise<number> {
  const failed = served.endpoints.filter(({ endpoint }) => endpoint.status === 'Failed');
  if (failed.length > 0) return await reportFailures(failed, values, io);
  if (!served.endpoints.every(({ endpoint }) => endpoint.status === 'InService')) return exitCode ?? 1;
  await Promise.race([onAbort(stop, undefined).aborted, served.stopped]);
  return 0;
}

async function reportFailures(failed: Served['endpoints'], values: ServeValues, io: Io): Promise<number> {
  const error = failed.find(({ endpoint }) => endpoint.failure?.error)?.endpoint.failure?.error;
  if (error) throw error; // trouble of the host, or an image that cannot run: the catalogue has the words for it
  if (values.json) {
    for (const { endpoint, logs } of failed) await jsonLine(io, await failureEvent(endpoint, logs));
    return 1;
  }
  const { red, bold } = style(io.color);
  for (const { endpoint, logs } of failed) {
    const blocks = await Promise.all(Object.entries(logs).map(([instance, path]) => lastLines(instance, path, io)));
    await troubleOf(io).write(`${red(bold('Failed'))} ${endpoint.failure?.reason ?? ''}\n${blocks.join('')}`);
  }
  const ways = new Set(failed.map(({ endpoint }) => adviceOn(endpoint)));
  await troubleOf(io).write([...ways].map((way) => `${way}\n`).join(''));
  return 1;
}

async function failureEvent(endpoint: Served['endpoints'][number]['endpoint'], logs: Readonly<Record<string, string>>) {
  const { name, failure } = endpoint;
  const tails = await Promise.all(
    Object.entries(logs).map(async ([instance, path]) => [instance, (await tail(path, 20)).map(({ message }) => message)] as const),
  );
  const told = { code: 'EndpointFailed', blame: 'image', message: failure?.reason ?? '', remedy: adviceOn(endpoint) };
  return { event: 'error', endpoint: name, ...told, lastLines: Object.fromEntries(tails) };
}

async function lastLines(instance: string, path: string, io: Io): Promise<string> {
  const { dim } = style(io.color);
  const lines = (await tail(path, 20)).map(({ message }) => `  ${dim('|')} ${shortLine(message)}\n`).join('');
  return lines === '' ? `${instance} printed nothing.\n` : `Last lines of ${instance} (${shortPath(path, io.cwd)}):\n${lines}`;
}

const adviceOn = ({ name, failure }: Served['endpoints'][number]['endpoint']): string =>
  fail('EndpointFailed', { name, why: '', lines: '', ...(failure?.exit && { exit: failure.exit }) }).remedy;
