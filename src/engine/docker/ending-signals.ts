import { constants } from 'node:os';

/** What programs are ended by on purpose; an engine ends containers with one of these, or with one that their image names (systemd's is a real-time one). */
const ending: ReadonlySet<number> = new Set([
  constants.signals.SIGTERM,
  constants.signals.SIGKILL,
  constants.signals.SIGINT,
  constants.signals.SIGQUIT,
]);
const firstRealTime = 32; // on Linux, where containers are

/**
 * Whether a signal that somebody has sent through the engine may be why a container ended with this exit code: also where the program took it and
 * ended well. `SIGUSR1` for a dump of stacks, `SIGHUP` for another look at a file and `SIGCONT` are not, unless it has died by them. `signal`: its
 * number, as an event of the engine says it; one that says nothing may be any.
 */
export function mayHaveEnded(signal: string | undefined, exitCode: number): boolean {
  const number = Number(signal ?? Number.NaN);
  return Number.isNaN(number) || ending.has(number) || number >= firstRealTime || exitCode === 128 + number;
}
