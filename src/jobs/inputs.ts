import type { Stats } from 'node:fs';
import { lstat, readdir, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { fail } from '../errors.ts';

/** What a channel reads: files below a root, all of them real and readable. */
export interface ChannelSource {
  readonly channel: string;
  /** What the names of the files are appended to in the channel's manifest. */
  readonly prefix: string;
  /** Absolute, without symbolic links. For a single file, its directory. */
  readonly root: string;
  /** `whole`: everything below `root` belongs to the channel as it stands, so `root` itself can be mounted. `selection`: only `files`. */
  readonly kind: 'whole' | 'selection';
  /** Sorted; `path` is relative to the channel's directory, `source` the absolute file it comes from. */
  readonly files: readonly { readonly path: string; readonly source: string; readonly bytes: number }[];
  readonly bytes: number;
}

/** A local path or file:// address as the `S3Uri` of a request; anything with another scheme is left as it is. */
export function toUri(pathOrUri: string, directory: string): string {
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(pathOrUri)) return pathOrUri;
  return pathToFileURL(resolve(directory, pathOrUri)).href;
}

/** The local path of a `file://` address or absolute path. Errors: SourceNotSupported. */
export function localPath(uri: string, what: string): string {
  if (uri.startsWith('/')) return uri;
  if (!uri.startsWith('file:')) throw fail('SourceNotSupported', { what, uri });
  try {
    return fileURLToPath(uri);
  } catch (error) {
    throw fail('SourceNotSupported', { what, uri }, error);
  }
}

/**
 * Looks through a channel's source before anything starts: it exists, has files, and all of them can be read.
 * Errors: InputNotFound, InputUnreadable, and AWS's own words where there is no file.
 */
export async function resolveInput(channel: string, uri: string, roleArn: string): Promise<ChannelSource> {
  const what = `Channel "${channel}"`;
  const path = localPath(uri, what);
  const found = await statOf(path, what);
  if (found.isFile()) {
    const source = await realpath(path);
    const files = [{ path: basename(path), source, bytes: found.size }];
    const prefix = uri.slice(0, uri.lastIndexOf('/') + 1);
    return { channel, prefix, root: dirname(source), kind: 'selection', files, bytes: found.size };
  }
  if (!found.isDirectory()) throw fail('InputUnreadable', { what, path, why: 'it is neither a file nor a directory' });

  const root = await realpath(path);
  const walk: Walk = { what, files: [], hasLinks: false };
  await list(root, '', walk, new Set([root]));
  if (walk.files.length === 0) throw noObjects(uri, roleArn);
  walk.files.sort((a, b) => (a.path < b.path ? -1 : 1));
  const bytes = walk.files.reduce((sum, file) => sum + file.bytes, 0);
  // A link's target need not exist inside the container, so a tree with links is not mounted as it stands.
  const prefix = uri.endsWith('/') ? uri : `${uri}/`;
  return { channel, prefix, root, kind: walk.hasLinks ? 'selection' : 'whole', files: walk.files, bytes };
}

interface Walk {
  readonly what: string;
  readonly files: { path: string; source: string; bytes: number }[];
  hasLinks: boolean;
}

/** Lists a directory and what is below it; `above` are the real directories on the way down, which a link must not lead back to. */
async function list(directory: string, prefix: string, walk: Walk, above: ReadonlySet<string>): Promise<void> {
  const entries = await readdir(directory, { withFileTypes: true }).catch((error) => {
    throw unreadable(walk.what, directory, error);
  });
  await Promise.all(
    entries.map(async (entry) => {
      const source = join(directory, entry.name);
      const path = prefix + entry.name;
      if (entry.isSymbolicLink()) {
        walk.hasLinks = true;
        return follow(source, path, walk, above);
      }
      if (entry.isDirectory()) return list(source, `${path}/`, walk, above);
      if (!entry.isFile())
        throw fail('InputUnreadable', { what: walk.what, path: source, why: 'only files and directories can be objects' });
      const { size, mode, uid } = await lstat(source);
      if (!mayRead(mode, uid)) throw fail('InputUnreadable', { what: walk.what, path: source, why: 'you have no permission to read it' });
      walk.files.push({ path, source, bytes: size });
    }),
  );
}

async function follow(link: string, path: string, walk: Walk, above: ReadonlySet<string>): Promise<void> {
  const target = await realpath(link).catch((error) => {
    throw unreadable(walk.what, link, error);
  });
  const found = await statOf(target, walk.what);
  if (found.isFile()) walk.files.push({ path, source: target, bytes: found.size });
  else if (!found.isDirectory())
    throw fail('InputUnreadable', { what: walk.what, path: link, why: 'only files and directories can be objects' });
  else if (above.has(target))
    throw fail('InputUnreadable', { what: walk.what, path: link, why: 'the link leads back to a directory it is in' });
  else await list(target, `${path}/`, walk, new Set([...above, target]));
}

async function statOf(path: string, what: string): Promise<Stats> {
  try {
    return await stat(path);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ENOTDIR') throw fail('InputNotFound', { what, path }, error);
    throw unreadable(what, path, error);
  }
}

/** The common cases, without a system call a file: root reads all; an owner needs the owner's bit; others are left to the reading itself. */
const mayRead = (mode: number, uid: number): boolean => {
  const self = process.getuid?.();
  return self === undefined || self === 0 || self !== uid || (mode & 0o400) !== 0;
};

const unreadable = (what: string, path: string, error: unknown): Error =>
  fail('InputUnreadable', { what, path, why: error instanceof Error ? error.message : String(error) }, error);

/** AWS's own text for an empty prefix. Source: published errors (contract §10.2). */
const noObjects = (uri: string, roleArn: string): Error =>
  fail('InvalidRequest', {
    message:
      `No S3 objects found under S3 URL "${uri}" given in input data source. Please ensure that the bucket exists in the selected region, ` +
      `that objects exist under that S3 prefix, and that the role "${roleArn}" has "s3:ListBucket" permissions on bucket "${uri}".`,
    remedy: 'The directory is empty: put at least one file into it, or name another one.',
  });
