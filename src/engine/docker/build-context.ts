import { createReadStream } from 'node:fs';
import { lstat, readlink, stat } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { Readable, Transform, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Pack, pack } from 'tar-stream';
import { contextUnreadable, listEntries, readRules } from '../context-files.ts';
import { needlessDirectories } from './needless-directories.ts';

export interface ContextOptions {
  /** The Dockerfile's name in the archive; it lies there in the directory, unless `content` is given. */
  readonly dockerfile: string;
  /** Of a Dockerfile that lies elsewhere. */
  readonly content?: Buffer;
  /** Whether the builder takes out of the archive what the .dockerignore names; one that does not gets no .dockerignore that names itself. */
  readonly appliesRules?: boolean;
  /** Paths of files that are left out whatever the .dockerignore says, by whatever name the directory has them. */
  readonly without?: readonly string[];
  /** Told how many bytes have gone so far. */
  readonly onSent?: ((sent: number) => void) | undefined;
  /** Called for what costs time; a sentence. */
  readonly onWarning?: ((message: string) => void) | undefined;
}

/**
 * A directory as the tar stream a builder takes, without what its .dockerignore names. The Dockerfile is always sent, and the .dockerignore
 * itself to a builder that applies it, as the docker program does. Errors: InputUnreadable.
 */
export async function packContext(directory: string, options: ContextOptions): Promise<Readable> {
  const { content, appliesRules = true, without = [], onSent, onWarning } = options;
  const dockerfile = posix.normalize(options.dockerfile);
  try {
    const rules = await readRules(directory, dockerfile, appliesRules);
    const listed = await listEntries(directory, '', rules);
    const entries = without.length === 0 ? listed : await leftOf(directory, listed, without);
    const onFile = onWarning && rules.text.trim() === '' ? needlessDirectories(directory, entries, onWarning) : undefined;
    const told = { onSent, onFile };
    if (content === undefined) return packEntries(directory, entries, new Map(), told);
    const made = new Map([[dockerfile, content]]);
    if (appliesRules) made.set('.dockerignore', Buffer.from(`${rules.text}\n${dockerfile}\n`)); // it is in the archive and not in the directory
    return packEntries(directory, [...entries.filter((path) => !made.has(path)), ...made.keys()], made, told);
  } catch (error) {
    throw contextUnreadable(directory, error);
  }
}

/** Compared as files: the directory may be known by another name, and a file too. */
async function leftOf(directory: string, entries: readonly string[], without: readonly string[]): Promise<readonly string[]> {
  const identity = ({ dev, ino }: { readonly dev: bigint; readonly ino: bigint }): string => `${dev}/${ino}`;
  const excluded = new Set(await Promise.all(without.map(async (path) => identity(await stat(path, { bigint: true })))));
  const left: string[] = [];
  for (const path of entries) {
    if (!excluded.has(identity(await lstat(join(directory, path), { bigint: true })))) left.push(path);
  }
  return left;
}

/** What cannot be read meanwhile destroys the stream with its error. `made`: content of entries that are not in the directory. */
function packEntries(
  directory: string,
  entries: readonly string[],
  made: ReadonlyMap<string, Buffer>,
  { onSent, onFile }: Pick<ContextOptions, 'onSent'> & { readonly onFile?: ((path: string, bytes: number) => void) | undefined },
): Readable {
  const archive = pack();
  let sent = 0;
  const out = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      sent += chunk.length;
      onSent?.(sent);
      done(null, chunk);
    },
  });
  const packAll = async (): Promise<void> => {
    for (const path of entries) {
      const content = made.get(path);
      if (content) {
        archive.entry({ name: path, mode: 0o644, mtime: new Date(0) }, content);
      } else {
        const bytes = await packEntry(archive, join(directory, path), path);
        onFile?.(path, bytes);
      }
    }
    archive.finalize();
  };
  const giveUp = (error: Error): void => void out.destroy(error);
  archive.on('error', giveUp);
  packAll().catch(giveUp);
  out.once('close', () => archive.destroy()); // whoever reads has had enough
  return archive.pipe(out);
}

/** Returns its bytes. Owned by root: the builder copies as root whatever the archive says, and leaving the user's ids out keeps the layer cache equal between users. */
async function packEntry(archive: Pack, from: string, name: string): Promise<number> {
  const found = await lstat(from);
  const header = { name, mode: found.mode & 0o7777, mtime: found.mtime, uid: 0, gid: 0 };
  if (found.isDirectory()) archive.entry({ ...header, type: 'directory' });
  if (found.isSymbolicLink()) archive.entry({ ...header, type: 'symlink', linkname: await readlink(from) });
  if (!found.isFile()) return 0; // sockets and the like are left out, as the docker program does
  const entry = archive.entry({ ...header, type: 'file', size: found.size }) as unknown as Writable;
  const content = found.size === 0 ? Readable.from([]) : createReadStream(from, { end: found.size - 1 });
  await pipeline(content, entry);
  return found.size;
}
