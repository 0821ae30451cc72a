import { write } from 'node:fs';
import { diskTrouble } from '../store/disk-trouble.ts';

/** Where text goes: one of the process's own streams, or an array in a test. */
export interface Sink {
  /** Resolves when the text has been taken; texts arrive in the order of the calls. */
  write(text: string | Buffer): Promise<void>;
  readonly isTerminal: boolean;
  /** Why it takes no more, where that is not that its reader has gone: a full disk. */
  readonly failure?: Error | undefined;
  /** Columns; undefined when it is no terminal. */
  readonly width: number | undefined;
  /**
   * A last line below all texts, or several of them, which each call replaces and `undefined` takes away. Absent where lines cannot be
   * written over.
   */
  readonly showLast?: (lines: string | undefined) => void;
}

/** What is known of a descriptor's terminal. */
export interface Terminal {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
  /** Whether it can do no more than print. */
  readonly isDumb?: boolean;
}

/**
 * A file descriptor as a sink; `name` is what failures call it. Node's own `process.stdout` writes to a pipe synchronously, so a reader that stalls (`| less`) would stop
 * the whole process and with it the container whose output it reads; here only the caller waits. A reader that has gone (`| head`) is
 * quiet: later texts are dropped. So are those after a failure, which is told when all is over: what runs must not end for want of a log.
 */
export function descriptorSink(descriptor: number, name: string, terminal: Terminal = {}): Sink {
  let last: Promise<void> = Promise.resolve();
  let gone = false;
  let failure: Error | undefined;
  const put = async (text: string | Buffer): Promise<void> => {
    let rest = typeof text === 'string' ? Buffer.from(text) : text;
    while (rest.length > 0 && !gone) {
      const written = await writeSome(descriptor, rest).catch((error: unknown) => {
        failure = diskTrouble('write', name, error);
        return 'gone' as const;
      });
      gone = written === 'gone';
      rest = written === 'gone' ? rest : rest.subarray(written);
    }
  };
  const isTerminal = terminal.isTTY === true;
  const width = (): number => terminal.columns || 80;
  const line = lastLine(width, () => terminal.rows || 24);
  return {
    write(text) {
      last = last.then(() => put(line.under(text)));
      return last;
    },
    isTerminal,
    get failure() {
      return failure;
    },
    get width() {
      return isTerminal ? width() : undefined;
    },
    ...(isTerminal &&
      !terminal.isDumb && {
        showLast: (text: string | undefined) => {
          if (line.isNews(text)) last = last.then(() => put(line.drawn()));
        },
      }),
  };
}

/** The lines below all texts: what has to be written so that they stay there and are only there once. */
function lastLine(width: () => number, height: () => number) {
  let wanted: string | undefined;
  let shown = '';
  let isDrawing = false;
  let isAtStart = true;
  /**
   * The last column stays free: a terminal that has filled it goes on to the next line. So does a line for the texts: what has left the
   * screen cannot be written over.
   */
  const fitting = (): string => {
    if (wanted === undefined || !isAtStart) return '';
    const lines = wanted.split('\n').slice(0, Math.max(1, height() - 1));
    return lines.map((line) => line.slice(0, width() - 1)).join('\n');
  };
  const erase = (): string => (shown === '' ? '' : eraseLine + eraseLineAbove.repeat(shown.split('\n').length - 1));
  return {
    /** Notes what the line should be. False when a drawing is under way that will show it: a terminal that is held up gets the latest only. */
    isNews(text: string | undefined): boolean {
      wanted = text;
      const isNews = !isDrawing;
      isDrawing = true;
      return isNews;
    },
    drawn(): string {
      isDrawing = false;
      const erased = erase();
      shown = fitting();
      return erased + shown;
    },
    /** The text above the line. One that ends in the middle of a line of its own is not torn: the line comes back after the next end. */
    under(text: string | Buffer): string | Buffer {
      if (text.length === 0) return text;
      const erased = erase();
      isAtStart = text.at(-1) === '\n' || text.at(-1) === 10;
      shown = fitting();
      if (erased === '' && shown === '') return text;
      return typeof text === 'string' ? erased + text + shown : Buffer.concat([Buffer.from(erased), text, Buffer.from(shown)]);
    },
  };
}

/** To the first column, and everything behind it gone. */
const eraseLine = '\r\u001B[K';
const eraseLineAbove = '\u001B[A\u001B[K';

function writeSome(descriptor: number, bytes: Buffer): Promise<number | 'gone'> {
  return new Promise((resolve, reject) => {
    write(descriptor, bytes, (error, written) => {
      if (!error) resolve(written);
      else if (error.code === 'EPIPE' || error.code === 'EIO' || error.code === 'EBADF') resolve('gone');
      // The stream was made non-blocking by whoever gave it to us and is full: nothing tells when it has room, so ask again soon.
      else if (error.code === 'EAGAIN') setTimeout(resolve, 5, 0);
      else reject(error);
    });
  });
}
