import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type ReadEvent, readCapturedLine } from '../contract/data-capture.ts';
import { fail } from '../errors.ts';
import { codeOf, whyOf } from '../store/disk-trouble.ts';

/** A call as it was recorded. */
export interface RecordedCall extends ReadEvent {
  readonly file: string;
  /** From 1 on. */
  readonly line: number;
}

/**
 * The calls of a recording: a file of data capture, or a directory, of which all `.jsonl` files at any depth are taken in the order of their
 * names, which is that of time. Errors: InputNotFound, InputUnreadable; RecordingInvalid, with the file and the line.
 */
export async function* readRecording(from: string): AsyncGenerator<RecordedCall, void> {
  for (const file of await filesOf(from)) yield* readFile(file);
}

async function filesOf(from: string): Promise<readonly string[]> {
  const isDirectory = (await reading(from, () => stat(from))).isDirectory();
  if (!isDirectory) return [from];
  const names = await reading(from, () => readdir(from, { recursive: true }));
  const files = names.filter((name) => name.endsWith('.jsonl')).sort();
  if (files.length === 0) throw unreadable(from, 'there is no .jsonl file in it');
  return files.map((name) => join(from, name));
}

async function* readFile(file: string): AsyncGenerator<RecordedCall, void> {
  const source = createReadStream(file);
  const failed = new Promise<never>((_, reject) => source.once('error', reject));
  failed.catch(() => {}); // raced below
  const lines = createInterface({ input: source, crlfDelay: Number.POSITIVE_INFINITY })[Symbol.asyncIterator]();
  try {
    for (let line = 1; ; line += 1) {
      const { done, value } = await reading(file, () => Promise.race([lines.next(), failed]));
      if (done) return;
      if (value.trim() === '') continue;
      const event = readCapturedLine(value);
      if (typeof event === 'string') throw fail('RecordingInvalid', { path: file, line, why: event });
      yield { ...event, file, line };
    }
  } finally {
    source.destroy();
  }
}

async function reading<T>(path: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (codeOf(error) === 'ENOENT') throw fail('InputNotFound', { what: 'The recording', path }, error);
    throw unreadable(path, whyOf(error), error);
  }
}

const unreadable = (path: string, why: string, cause?: unknown): Error =>
  fail('InputUnreadable', { what: 'The recording', path, why }, cause);
