import type { Io } from './io.ts';
import type { Key } from './keys.ts';

/** The keys that every session with `--watch` has, and what they have changed. */
export class WatchKeys {
  readonly #io: Io;
  showsLogs = true;
  isQuit = false;

  constructor(io: Io) {
    this.#io = io;
  }

  /** Behind those of the command: `l` for log lines, `q` to quit. */
  with(own: readonly Key[]): readonly Key[] {
    return [
      ...own,
      { key: 'l', does: 'log lines', press: () => this.#toggleLogs() },
      { key: 'q', does: 'quit', press: () => this.#quit() },
    ];
  }

  #toggleLogs(): void {
    this.showsLogs = !this.showsLogs;
    void this.#io.err.write(this.showsLogs ? 'Log lines are shown.\n' : 'Log lines are not shown; l shows them again.\n');
  }

  /** The same steps as with Ctrl-C. */
  #quit(): void {
    this.isQuit = true;
    process.kill(process.pid, 'SIGINT');
  }
}
