import { createReadStream } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { pipeline, Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { createGunzip } from 'node:zlib';
import { fail, isError, reasonOf } from '../errors.ts';
import { whyOf } from './disk-trouble.ts';
import { tarEntries } from './tar-reader.ts';

/** Name, with `/` between its parts -> content. */
export type Files = ReadonlyMap<string, Buffer>;

/**
 * The files of an artifact, which is a tar.gz or a directory, in memory. Links are left out.
 * Errors: ModelArchiveTooLarge, ModelArchiveInvalid, InputUnreadable.
 */
export async function readArtifact(path: string, limitBytes: number): Promise<Files> {
  const files = new Map<string, Buffer>();
  let bytes = 0;
  const count = (more: number): void => {
    bytes += more;
    if (bytes > limitBytes) throw fail('ModelArchiveTooLarge', { url: path, bytes: limitBytes });
  };
  try {
    if ((await stat(path)).isDirectory()) await readDirectory(path, files, count);
    else await readArchive(path, files, count);
    return files;
  } catch (error) {
    throw isError(error) ? error : fail('InputUnreadable', { what: 'The artifact', path, why: whyOf(error) }, error);
  }
}

async function readDirectory(path: string, files: Map<string, Buffer>, count: (bytes: number) => void): Promise<void> {
  for (const entry of await readdir(path, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = join(entry.parentPath, entry.name);
    count((await stat(file)).size);
    files.set(relative(path, file).replaceAll('\\', '/'), await readFile(file));
  }
}

async function readArchive(path: string, files: Map<string, Buffer>, count: (bytes: number) => void): Promise<void> {
  const gunzip = createGunzip();
  pipeline(createReadStream(path), gunzip, () => undefined); // an error of either ends `gunzip`, whose reader reports it
  const sourceError = (cause: unknown): Error => fail('ModelArchiveInvalid', { url: path, why: reasonOf(cause) }, cause);
  for await (const { header, content } of tarEntries(gunzip, { sourceError })) {
    if (header.type !== 'file') continue;
    count(header.size ?? 0);
    files.set(header.name.replace(/^\.\//, ''), await buffer(Readable.from(content)));
  }
}
