import type { ReadStream } from 'node:tty';
import { isInForeground } from './foreground.ts';
import { type Io, style } from './io.ts';

/** A key, and what it does while a command goes on. */
export interface Key {
  /** One character. */
  readonly key: string;
  /** One word or two, for the line that shows all of them. */
  readonly does: string;
  readonly press: () => void;
}

/** What keys are read from. */
export type KeyTerminal = Pick<ReadStream, 'isTTY' | 'setRawMode' | 'on' | 'off' | 'resume' | 'pause' | 'unref'>;

/**
 * Listens to single keys while a command goes on, where standard input and standard error are a terminal: each does what it does at once, without Return. Any other shows which there
 * are. The keys that a terminal makes signals of (Ctrl-C, Ctrl-\, Ctrl-Z) still do so, for the whole process group. The terminal is as it was when this is disposed, when the process
 * ends, and while it is stopped. A job in the background does not touch the terminal, and gets its keys when it is in the foreground again.
 */
export function listenToKeys(keys: readonly Key[], io: Pick<Io, 'err' | 'color'>, terminal: KeyTerminal = process.stdin): Disposable {
  if (!hasKeys(io, terminal)) return { [Symbol.dispose]() {} };
  const listening = new Listening(keys, io, terminal);
  listening.look();
  return listening;
}

/** Whether anybody can press keys, when the command is in the foreground. */
export const hasKeys = ({ err }: Pick<Io, 'err'>, terminal: Pick<KeyTerminal, 'isTTY'> = process.stdin): boolean =>
  terminal.isTTY && err.isTerminal;

/** `r rebuild · i invoke · q quit` */
export function keysLine(keys: readonly Key[], color: boolean): string {
  const { bold, dim } = style(color);
  return keys.map(({ key, does }) => `${bold(key)} ${dim(does)}`).join(dim(' · '));
}

class Listening implements Disposable {
  readonly #keys: readonly Key[];
  readonly #io: Pick<Io, 'err' | 'color'>;
  readonly #terminal: KeyTerminal;
  /** A shell does not tell a job that runs when it brings it to the foreground. */
  readonly #looking: NodeJS.Timeout;
  #isRaw = false;
  #isShown = false;

  constructor(keys: readonly Key[], io: Pick<Io, 'err' | 'color'>, terminal: KeyTerminal) {
    this.#keys = keys;
    this.#io = io;
    this.#terminal = terminal;
    this.#looking = setInterval(() => this.look(), betweenLooks).unref();
    terminal.on('data', this.#read);
    terminal.on('error', this.#gone);
    terminal.on('end', this.#gone);
    terminal.pause(); // listening has begun to read
    process.on('SIGCONT', this.#continue);
    process.on('exit', this.#restore);
  }

  /** Takes the terminal when it is ours and was not. */
  readonly look = (): void => {
    if (this.#isRaw || !isInForeground()) return;
    this.#isRaw = true;
    this.#terminal.setRawMode(false); // else what was set in between is taken for what it is set to now
    this.#terminal.setRawMode(true);
    this.#terminal.resume();
    this.#terminal.unref(); // a command ends when its work has
    if (!this.#isShown) this.#show();
  };

  [Symbol.dispose](): void {
    clearInterval(this.#looking);
    process.off('SIGCONT', this.#continue);
    process.off('exit', this.#restore);
    this.#restore();
    this.#terminal.off('data', this.#read);
    this.#terminal.off('end', this.#gone);
    // What is wrong with it later concerns nobody either, so 'error' stays heard.
  }

  readonly #read = (bytes: Buffer | string): void => {
    for (const [typed] of bytes.toString().matchAll(typedKeys)) this.#pressed(typed);
  };

  #pressed(typed: string): void {
    const signal = signals[typed];
    const key = this.#keys.find((each) => each.key === typed.toLowerCase());
    if (signal !== undefined) this.#signal(signal);
    else if (key) key.press();
    else if (isPrintable(typed)) this.#show();
  }

  /** As the terminal itself would have: everybody of the process group gets it. */
  #signal(signal: NodeJS.Signals): void {
    if (signal !== 'SIGINT') this.#restore(); // it ends or stops this process
    process.kill(0, signal);
  }

  readonly #continue = (): void => {
    // Whoever stopped it may have set the terminal meanwhile; and it may go on in the background.
    this.#restore();
    this.look();
  };

  readonly #restore = (): void => {
    if (!this.#isRaw) return;
    this.#letGo();
    if (isInForeground()) this.#terminal.setRawMode(false);
  };

  /** Reads no more, and leaves its settings to whoever has it now. */
  #letGo(): void {
    this.#isRaw = false;
    this.#terminal.pause();
  }

  /** A terminal that was closed: SIGHUP tells what is to be done. */
  readonly #gone = (): void => {
    clearInterval(this.#looking);
    this.#isRaw = false;
  };

  #show(): void {
    this.#isShown = true;
    void this.#io.err.write(`${keysLine(this.#keys, this.#io.color)}\n`);
  }
}

const betweenLooks = 1000;

/** What a terminal makes of these when it is not read key by key. */
const signals: Readonly<Record<string, NodeJS.Signals>> = { '\u0003': 'SIGINT', '\u001C': 'SIGQUIT', '\u001A': 'SIGTSTP' };

const esc = '\u001B';

/** What one key sends: a sequence (arrows, functions, Alt and a key), or a character. */
const typedKeys = new RegExp(`${esc}(?:\\[[0-9;?]*[ -/]*[@-~]|O.|.)?|.`, 'gsu');

const isPrintable = (typed: string): boolean => /^[\p{L}\p{N}\p{P}\p{S}]$/u.test(typed);
