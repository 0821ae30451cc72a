import { constants } from 'node:fs';
import { copyFile, open, rename, rm } from 'node:fs/promises';
import { isError } from '../errors.ts';
import { diskTrouble } from './disk-trouble.ts';
import { eventLine, LogReader, type PlacedLine, tail } from './log-reader.ts';
import { endOfLines, LogSearch } from './log-search.ts';
import { beside } from './temporary.ts';

export interface NewEvent {
  /** Milliseconds since 1970. */
  readonly time: number;
  /** May have several lines. */
  readonly message: string;
}

/**
 * Adds events, the oldest first, to a stream that people write. They come to stand where their times belong: events that are older than what is
 * there already move it, and whoever reads on from a position may then see some of it twice. Writers of this process come one after
 * the other. Errors: DiskTrouble.
 */
export function putEvents(path: string, events: readonly NewEvent[]): Promise<void> {
  const turn = (turns.get(path) ?? Promise.resolve()).then(() => put(path, events));
  const done = turn.then(
    () => {},
    () => {}, // told to who asked for it
  );
  turns.set(path, done);
  void done.then(() => {
    if (turns.get(path) === done) turns.delete(path);
  });
  return turn;
}

/** Path -> when all writes that were asked for are done. */
const turns = new Map<string, Promise<void>>();

async function put(path: string, events: readonly NewEvent[]): Promise<void> {
  const [oldest] = events;
  if (!oldest) return;
  try {
    const last = (await tail(path, 1)).at(-1)?.time ?? 0;
    if (oldest.time >= last) await append(path, await endOfLines(path), events);
    else await insert(path, oldest.time, events);
  } catch (error) {
    throw isError(error) ? error : diskTrouble('write', path, error);
  }
}

/** `end`: where the last whole line ends; what is behind it a killed writer has left. Raises the system's errors. */
async function append(path: string, end: number, events: readonly NewEvent[]): Promise<void> {
  const file = await open(path, 'r+');
  try {
    await file.truncate(end);
    await file.write(events.map(eventLine).join(''), end);
  } finally {
    await file.close();
  }
}

/** All in one step for readers. Raises the system's errors. */
async function insert(path: string, oldest: number, events: readonly NewEvent[]): Promise<void> {
  const copy = beside(path);
  try {
    await copyFile(path, copy, constants.COPYFILE_FICLONE);
    const { position, later } = await linesAfter(path, oldest);
    // Sorting is stable: of the same time, those that were there come first.
    await append(
      copy,
      position,
      [...later, ...events].sort((one, other) => one.time - other.time),
    );
    await rename(copy, path);
  } finally {
    await rm(copy, { force: true });
  }
}

async function linesAfter(path: string, time: number): Promise<{ readonly position: number; readonly later: readonly PlacedLine[] }> {
  await using search = await LogSearch.open(path);
  const position = await search.positionOf(time + 1);
  await using reader = await LogReader.open(path, position);
  const later: PlacedLine[] = [];
  for (let lines = await reader.next(); lines.length > 0; lines = await reader.next()) later.push(...lines);
  return { position, later };
}
