import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { resolve } from 'node:path';
import { reasonOf } from '../errors.ts';
import type { InvocationOver } from '../hosting/reply.ts';
import { counted } from '../units.ts';
import { BoundedLines } from './bounded-lines.ts';
import { type Io, troubleOf } from './io.ts';
import { descriptorSink } from './sink.ts';

/** One line of JSON for each request that was answered, as it ends. */
export interface AccessLog extends AsyncDisposable {
  add(over: InvocationOver): void;
}

/**
 * Begins at the end of a file, or at standard error for `-`. Invocations never wait for it, and go on when it cannot be written; `warn` is
 * told once of each kind of trouble. Disposing it waits for the lines that are still on their way.
 */
export async function openAccessLog(target: string, io: Io, warn: (message: string) => void): Promise<AccessLog> {
  const path = resolve(io.cwd, target);
  const what = target === '-' ? 'The access log' : `The access log ${path}`;
  const trouble = (error: unknown): undefined => {
    warn(`${what} cannot be written: ${reasonOf(error)}. Invocations go on without it.`);
  };
  const file = target === '-' ? undefined : await opened(path).catch(trouble);
  if (target !== '-' && !file) return { add() {}, async [Symbol.asyncDispose]() {} };
  const lines = new BoundedLines(lineOf, {
    // A sink of its own for each text: one that has failed does not go on, a full disk perhaps does.
    write: async (text) => {
      const sink = file ? descriptorSink(file.fd, target) : troubleOf(io); // a failure is of one text, and the next is tried anew
      await sink.write(text);
      if (file && sink.failure) throw sink.failure.cause;
    },
    onTrouble: trouble,
    onLeftOut: () => warn(`${what} is written more slowly than invocations come: lines are left out.`),
  });
  return {
    add: (over) => lines.add({ time: io.now(), over }),
    async [Symbol.asyncDispose]() {
      await lines.drained();
      await file?.close();
      if (lines.lost > 0) warn(`${what} lacks ${counted(lines.lost, 'line')}.`);
    },
  };
}

/** A FIFO that nobody reads must not hold up anything, neither now nor later. */
const opened = (path: string): Promise<FileHandle> =>
  open(path, constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NONBLOCK, 0o666);

interface Entry {
  /** When it was over. */
  readonly time: Date;
  readonly over: InvocationOver;
}

function lineOf({ time, over }: Entry): string {
  const { requestId, endpoint, variant, instance, path, answered, status, sent, received, took, modelLatency, trouble } = over;
  return JSON.stringify({
    time,
    requestId,
    endpoint,
    variant,
    instance,
    method: 'POST',
    path,
    status: answered,
    containerStatus: status,
    bytesIn: sent,
    bytesOut: received,
    ms: rounded(took),
    modelMs: rounded(modelLatency),
    ...(trouble !== undefined && { trouble }),
  });
}

/** To the microsecond. */
const rounded = (milliseconds: number): number => Math.round(milliseconds * 1000) / 1000;
