import { isTermPending } from './signals.ts';

/** A process of this machine that is halted until SIGTERM is there for it, so that it cannot end before. */
export class HaltedProcess {
  readonly #pid: number;
  readonly #onHalted: () => void;
  readonly #since = performance.now();
  #state: 'halting' | 'halted' | 'going on' = 'halting';

  /** Undefined where it is not this process's to halt: it then goes on, and may be over too soon. */
  static begin(pid: number, onHalted: () => void): HaltedProcess | undefined {
    return send(pid, 'SIGSTOP') ? new HaltedProcess(pid, onHalted) : undefined;
  }

  private constructor(pid: number, onHalted: () => void) {
    this.#pid = pid;
    this.#onHalted = onHalted;
  }

  /** What follows from the text of its `/proc/<pid>/status`. */
  seen(status: string): void {
    const isLate = performance.now() - this.#since > longest;
    // A signal that comes while it still runs may be taken before the halt, and would then not be seen to be there.
    if (this.#state === 'halting' && (isLate || /^State:\s*T/m.test(status))) {
      this.#state = 'halted';
      this.#onHalted();
    } else if (this.#state === 'halted' && (isLate || isTermPending(status))) {
      this.#state = 'going on';
      send(this.#pid, 'SIGCONT');
    }
  }
}

/** Milliseconds after which it goes on in any case. */
const longest = 5000;

function send(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false; // it has ended, or belongs to somebody else
  }
}
