import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { diskTrouble } from '../../store/disk-trouble.ts';
import { Fifo } from './fifo.ts';

/**
 * Makes the FIFOs of one channel, one after the other, by a small shell process that opens each for writing, which waits until somebody
 * opens it for reading. An open of Node's own would wait in libuv's pool, of which four such waits take all threads
 * (docs/decisions/012-pipe-mode.md).
 */
export class FifoMaker implements AsyncDisposable {
  readonly #prefix: string;
  readonly #input: NodeJS.WritableStream;
  readonly #closed: Promise<unknown>;
  /** Words it has said. */
  #said = 0;
  /** Who waits for which word. */
  readonly #waiting = new Map<number, Waiting>();
  #made = 0;
  /** Set when no more words come: false when it was ended, else why it ended by itself. */
  #end: Promise<false> | undefined;
  #isOver = false;

  /** @param prefix of the paths of the FIFOs, where only we look; a number is appended */
  constructor(prefix: string) {
    this.#prefix = prefix;
    // A session of its own: Ctrl-C in the terminal must not end it, since a container that is told to stop may read on for a while.
    const child = spawn('sh', ['-c', script, prefix], { detached: true, env: { PATH: process.env.PATH, LC_ALL: 'C' } });
    this.#input = child.stdin;
    this.#input.on('error', () => undefined); // it ended by itself, which its end tells
    this.#closed = once(child, 'close').catch(() => undefined);
    let complaint = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      complaint += text;
    });
    child.stdout.setEncoding('utf8').on('data', (text: string) => this.#hear(text.split('\n').length - 1));
    child.on('exit', () => this.#input.end()); // so that the other one ends as well, should only this one have been killed
    child.on('error', (error) => this.#close(error));
    child.on('close', () => this.#close(new Error(complaint.trim() || 'sh ended')));
  }

  /** The next FIFO, when the one before was opened; undefined when the maker was ended. Errors: DiskTrouble. */
  async next(): Promise<Fifo | undefined> {
    const number = this.#made;
    this.#made += 1;
    if (!(await this.#word(2 * number))) return undefined;
    return new Fifo(`${this.#prefix}${number}`, this.#word(2 * number + 1), () => this.#input.write('go on\n'));
  }

  /** Settles when its processes are gone. Whoever waits for a reader is told that none has come. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOver = true;
    this.#input.end();
    await this.#closed;
  }

  /** It says `made` and `opened` by turns. True when it has, false when it was ended. */
  #word(number: number): Promise<boolean> {
    if (number < this.#said) return Promise.resolve(!this.#isOver);
    return this.#end ?? new Promise((resolve, reject) => this.#waiting.set(number, { resolve, reject }));
  }

  #hear(words: number): void {
    for (const end = this.#said + words; this.#said < end; this.#said += 1) {
      this.#waiting.get(this.#said)?.resolve(!this.#isOver);
      this.#waiting.delete(this.#said);
    }
  }

  #close(why: Error): void {
    this.#end ??= this.#isOver ? Promise.resolve(false) : Promise.reject(diskTrouble('make the FIFO', `${this.#prefix}${this.#made}`, why));
    this.#end.catch(() => undefined); // whoever waits is told
    for (const { resolve, reject } of this.#waiting.values()) this.#end.then(resolve, reject);
    this.#waiting.clear();
  }
}

interface Waiting {
  resolve(isSo: boolean): void;
  reject(error: unknown): void;
}

/**
 * It holds the end that writes until a word says that we have opened it as well, so that the reader does not come to an end in between.
 * A process that waits in an open does not see its input end. So it has another one beside it that does, and which ends it when the input
 * ends without a word, because the program of ours has gone, however it went: SIGKILL leaves nothing behind.
 */
const script = `
exec 4<&0
n=0
while mkfifo -m 644 "$0$n" && echo made; do
  { read -r word <&4; [ "$word" ] || kill $$ 2> /dev/null; } &
  exec 3> "$0$n"
  echo opened
  wait
  exec 3>&-
  n=$((n + 1))
done
`;
