import { fileChanges } from './file-changes.ts';
import { type LogLine, LogReader } from './log-reader.ts';

/**
 * The lines of a log that another process writes, from the first to the last; ends when `isOver` says that none follow, or when `signal`
 * aborts. `beside`: a file whose changes may mean that it is over. Errors: DiskTrouble.
 */
export async function* followLog(path: string, options: FollowOptions): AsyncGenerator<LogLine, void> {
  for await (const lines of followBatches(path, options)) yield* lines;
}

export interface FollowOptions {
  readonly isOver: () => Promise<boolean>;
  readonly beside: string;
  readonly signal: AbortSignal;
  /** Where the line begins that comes first; without it, that of the file. */
  readonly from?: number | undefined;
}

/** As `followLog`, many lines at once. */
export async function* followBatches(
  path: string,
  { isOver, beside, signal, from = 0 }: FollowOptions,
): AsyncGenerator<readonly LogLine[], void> {
  await using reader = await LogReader.open(path, from);
  for await (const _change of fileChanges([path, beside], signal)) {
    const isLast = await isOver(); // asked first: what was written until then is read below
    for (let lines = await reader.next(); lines.length > 0; lines = await reader.next()) yield lines;
    if (!isLast) continue;
    yield reader.rest();
    return;
  }
}
