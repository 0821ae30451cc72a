import { lstat, open } from 'node:fs/promises';
import { join } from 'node:path';
import { contextFiles, contextUnreadable } from '../../engine/context-files.ts';
import { mayHoldSecret } from './beginnings.ts';
import type { FileEntry } from './layer.ts';

/** What a build of a directory sends to the engine: absolute path, as if the directory were the root -> entry. */
export type ContextEntries = ReadonlyMap<string, FileEntry>;

/** Errors: InputUnreadable. */
export async function readBuildContext(directory: string, dockerfile: string): Promise<ContextEntries> {
  try {
    return await readEntries(directory, await contextFiles(directory, dockerfile));
  } catch (error) {
    throw contextUnreadable(directory, error);
  }
}

async function readEntries(directory: string, paths: readonly string[]): Promise<ContextEntries> {
  const entries = new Map<string, FileEntry>();
  for (const path of paths) {
    const found = await lstat(join(directory, path));
    const kind = found.isFile() ? 'file' : found.isDirectory() ? 'directory' : found.isSymbolicLink() ? 'link' : 'other';
    const isRead = kind === 'file' && mayHoldSecret(`/${path}`);
    entries.set(`/${path}`, {
      ...{ kind, mode: found.mode & 0o7777, size: kind === 'file' ? found.size : 0 },
      ...(isRead && { text: await beginningOfFile(join(directory, path)) }),
    });
  }
  return entries;
}

async function beginningOfFile(path: string): Promise<string> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(textSize), 0, textSize, 0);
    return buffer.subarray(0, bytesRead).toString();
  } finally {
    await file.close();
  }
}

/** Bytes: more than settings and keys have. */
const textSize = 64 * 1024;
