import { write } from 'node:fs';

/** Where text goes: one of the process's own streams, or an array in a test. */
export interface Sink {
  /** Resolves when the text has been taken; texts arrive in the order of the calls. */
  write(text: string | Buffer): Promise<void>;
  readonly isTerminal: boolean;
  /** Columns; undefined when it is no terminal. */
  readonly width: number | undefined;
}

/**
 * A file descriptor as a sink. Node's own `process.stdout` writes to a pipe synchronously, so a reader that stalls (`| less`) would stop
 * the whole process and with it the container whose output it reads; here only the caller waits. A reader that has gone (`| head`) is
 * quiet: later texts are dropped.
 */
export function descriptorSink(descriptor: number, terminal: { readonly isTTY?: boolean; readonly columns?: number }): Sink {
  let last: Promise<void> = Promise.resolve();
  let gone = false;
  const put = async (text: string | Buffer): Promise<void> => {
    let rest = typeof text === 'string' ? Buffer.from(text) : text;
    while (rest.length > 0 && !gone) {
      const written = await writeSome(descriptor, rest);
      gone = written === 'gone';
      rest = written === 'gone' ? rest : rest.subarray(written);
    }
  };
  return {
    write(text) {
      last = last.then(() => put(text));
      return last;
    },
    isTerminal: terminal.isTTY === true,
    get width() {
      return terminal.isTTY ? (terminal.columns ?? 80) : undefined;
    },
  };
}

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
