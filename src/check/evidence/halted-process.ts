import { belongsTo } from './first-process.ts';
import { isTermPending } from './signals.ts';

/** A process of this machine that is halted until SIGTERM is there for it, so that it cannot end before. */
export class HaltedProcess implements Disposable {
  readonly #pid: number;
  readonly #container: string;
  readonly #onHalted: () => void;
  readonly #since = performance.now();
  #state: 'halting' | 'halted' | 'going on' = 'halting';

  /** Undefined where it is not this process's to halt: it then goes on, and may be over too soon. */
  static begin(pid: number, container: string, onHalted: () => void): HaltedProcess | undefined {
    return send(pid, container, 'SIGSTOP') ? new HaltedProcess(pid, container, onHalted) : undefined;
  }

  private constructor(pid: number, container: string, onHalted: () => void) {
    this.#pid = pid;
    this.#container = container;
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
      this[Symbol.dispose]();
    }
  }

  /** It goes on, whatever has become of the signal. */
  [Symbol.dispose](): void {
    if (this.#state !== 'going on') send(this.#pid, this.#container, 'SIGCONT');
    this.#state = 'going on';
  }
}

/** Milliseconds after which it goes on in any case. */
const longest = 5000;

/** The number may be another process's by now, which is none of ours to halt. */
function send(pid: number, container: string, signal: NodeJS.Signals): boolean {
  try {
    return belongsTo(pid, container) && process.kill(pid, signal);
  } catch {
    return false; // it has ended, or belongs to somebody else
  }
}
