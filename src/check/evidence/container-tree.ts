import type { Container } from '../../engine/engine.ts';
import { fail, reasonOf } from '../../errors.ts';
import { type TarEntry, tarEntries } from '../../store/tar-reader.ts';

/** What is below a directory of a container. */
export interface TreeEntry {
  /** Relative to the directory. */
  readonly path: string;
  readonly kind: 'file' | 'directory' | 'link' | 'other';
  /** Bytes. */
  readonly size: number;
  /** Of a link: where it leads, as it is written. */
  readonly target?: string;
}

/** Everything below `path`, which need not be there. Errors: trouble of the engine. */
export async function treeOf(container: Container, path: string, signal: AbortSignal): Promise<readonly TreeEntry[]> {
  const entries: TreeEntry[] = [];
  for await (const { header } of members(container, `${path}/.`, signal)) {
    const name = header.name.replace(/^(\.\/)+/, '').replace(/\/$/, '');
    if (name === '' || name === '.') continue;
    entries.push(entryOf(name, header));
  }
  return entries;
}

/** What is at `path` itself. Errors: trouble of the engine. */
export async function entryAt(container: Container, path: string, signal: AbortSignal): Promise<TreeEntry | undefined> {
  for await (const { header } of members(container, path, signal)) return entryOf(path, header);
  return undefined;
}

/** The beginning of the file at `path`; undefined where there is none. Errors: trouble of the engine. */
export async function beginningAt(container: Container, path: string, signal: AbortSignal): Promise<string | undefined> {
  for await (const { header, content } of members(container, path, signal)) {
    return entryOf(path, header).kind === 'file' ? await beginning(content) : undefined;
  }
  return undefined;
}

async function* members(container: Container, path: string, signal: AbortSignal): AsyncGenerator<TarEntry, void> {
  const tar = await container.getArchive(path);
  const sourceError = (cause: unknown) =>
    fail('EngineFailed', { action: `read ${path} of the container`, message: reasonOf(cause) }, cause);
  if (tar) yield* tarEntries(tar, { signal, sourceError });
}

function entryOf(path: string, { type, size = 0, linkname }: TarEntry['header']): TreeEntry {
  const kind = kinds[type as keyof typeof kinds] ?? 'other';
  return { path, kind, size, ...(kind === 'link' && { target: linkname ?? '' }) };
}

/** A hard link is a file like any other, of which the archive has the content under another name. */
const kinds = { file: 'file', link: 'file', 'contiguous-file': 'file', directory: 'directory', symlink: 'link' } as const;

async function beginning(content: AsyncIterable<Buffer>): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of content) if (pieces.length === 0) pieces.push(Buffer.from(piece.subarray(0, 4096)));
  return Buffer.concat(pieces).toString();
}
