import type { LogLine } from './log-reader.ts';

/** A log to be merged, in batches. */
export interface MergeSource {
  readonly source: string;
  readonly batches: AsyncIterable<readonly LogLine[]>;
}

/** Lines of one source that follow one another. */
export interface Run {
  readonly source: string;
  readonly lines: readonly LogLine[];
}

/**
 * The lines of all logs, oldest first, those of the same time in the order of the sources; of each log one batch is held at a time. Within a
 * log the order stays as it is.
 */
export async function* merged(sources: readonly MergeSource[]): AsyncGenerator<Run, void> {
  const cursors = await Promise.all(sources.map(({ source, batches }) => begun(source, batches)));
  try {
    for (let open = cursors.filter(hasLines); open.length > 0; open = open.filter(hasLines)) {
      const first = open.reduce((one, other) => (timeOf(other) < timeOf(one) ? other : one));
      const index = open.indexOf(first);
      // Until a line of another source comes before.
      const isNext = (time: number): boolean =>
        open.every((other, place) => other === first || time < timeOf(other) || (time === timeOf(other) && index < place));
      let end = first.at + 1;
      for (; end < first.lines.length && isNext(first.lines[end]?.time ?? 0); ) end += 1;
      yield { source: first.source, lines: first.lines.slice(first.at, end) };
      first.at = end;
      if (end === first.lines.length) await advance(first);
    }
  } finally {
    for (const { batches } of cursors) await batches.return?.();
  }
}

interface Cursor {
  readonly source: string;
  readonly batches: AsyncIterator<readonly LogLine[]>;
  lines: readonly LogLine[];
  /** The next of `lines`. */
  at: number;
}

async function begun(source: string, batches: AsyncIterable<readonly LogLine[]>): Promise<Cursor> {
  const cursor: Cursor = { source, batches: batches[Symbol.asyncIterator](), lines: [], at: 0 };
  await advance(cursor);
  return cursor;
}

/** To the next batch that has lines; none is the end. */
async function advance(cursor: Cursor): Promise<void> {
  cursor.at = 0;
  for (;;) {
    const { done, value } = await cursor.batches.next();
    cursor.lines = done ? [] : value;
    if (done || cursor.lines.length > 0) return;
  }
}

const hasLines = ({ lines }: Cursor): boolean => lines.length > 0;

const timeOf = ({ lines, at }: Cursor): number => lines[at]?.time ?? 0;
