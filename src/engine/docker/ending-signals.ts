/** SIGINT, SIGQUIT, SIGKILL, SIGTERM on Linux, where containers are: programs are ended by them on purpose. */
const ending: ReadonlySet<number> = new Set([2, 3, 9, 15]);

/** From here on signals are real-time ones: systemd's images name one to be ended with. */
const firstRealTime = 32;

/**
 * Whether a signal that somebody has sent through the engine may be why a container ended with this exit code: also where the program took it and
 * ended well. `SIGUSR1` for a dump of stacks, `SIGHUP` for another look at a file and `SIGCONT` are not, unless it has died by them. `signal`: its
 * number, as an event of the engine says it; one that says nothing may be any.
 */
export function mayHaveEnded(signal: string | undefined, exitCode: number): boolean {
  const number = Number(signal || Number.NaN);
  return Number.isNaN(number) || ending.has(number) || number >= firstRealTime || exitCode === 128 + number;
}
