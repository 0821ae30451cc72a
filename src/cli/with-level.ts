import { fail } from '../errors.ts';
import { onTrace } from '../trace.ts';
import { elapsed } from '../units.ts';
import type { CommandEntry } from './command-entry.ts';
import { type Io, style } from './io.ts';
import { jsonLine } from './json-lines.ts';
import type { Sink } from './sink.ts';

/** The command with `--quiet` and `--verbose`. */
export const withLevel = (entry: CommandEntry): CommandEntry => ({
  ...entry,
  options: [...entry.options, 'quiet', 'verbose'],
  async run(words, given, io) {
    const { quiet, verbose, ...rest } = given;
    if (quiet && verbose) {
      throw fail('WrongUsage', { message: '--quiet and --verbose say the opposite of each other.', remedy: 'Give one of them.' });
    }
    if (quiet) return await entry.run(words, rest, quieted(io));
    if (verbose) return await runVerbosely(() => entry.run(words, rest, { ...io, level: 'verbose' }), rest.json === true, io);
    return await entry.run(words, rest, io);
  },
});

/** Nothing for people arrives but what went wrong. */
const quieted = (io: Io): Io => ({ ...io, err: silent, trouble: io.err, level: 'quiet' });

const silent: Sink = { write: async () => {}, isTerminal: false, width: undefined };

async function runVerbosely(run: () => Promise<number>, json: boolean, io: Io): Promise<number> {
  const { dim } = style(io.color);
  const begun = performance.now();
  const tell = (message: string): void => {
    const seconds = (performance.now() - begun) / 1000;
    if (json) void jsonLine(io, { event: 'trace', message, seconds: Math.round(seconds * 1000) / 1000 });
    else void io.err.write(`${dim(`${elapsed(seconds).padStart(6)} · ${message}`)}\n`);
  };
  using _ = onTrace(({ message }) => tell(message));
  const exitCode = await run();
  tell(`exit code ${exitCode}`);
  return exitCode;
}
