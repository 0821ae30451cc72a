import type { Container } from '../../engine/engine.ts';
import { fail, reasonOf } from '../../errors.ts';
import { tarEntries } from '../../store/tar-reader.ts';

/** What is below a directory of a container. */
export interface TreeEntry {
  /** Relative to the directory. */
  readonly path: string;
  readonly kind: 'file' | 'directory' | 'link' | 'other';
  /** Bytes. */
  readonly size: number;
  /** Of a link: where it leads, as it is written. */
  readonly target?: string;
  /** The beginning of a file, where it was asked for. */
  readonly text?: string;
}

/** Everything below `path`, which need not be there. `wanted`: whose beginning is read. Errors: trouble of the engine. */
export async function treeOf(
  container: Container,
  path: string,
  signal: AbortSignal,
  wanted: (path: string) => boolean = () => false,
): Promise<readonly TreeEntry[]> {
  const tar = await container.getArchive(`${path}/.`);
  if (!tar) return [];
  const sourceError = (cause: unknown) => fail('EngineFailed', { action: `read ${path} of the container`, why: reasonOf(cause) }, cause);
  const entries: TreeEntry[] = [];
  for await (const { header, content } of tarEntries(tar, { signal, sourceError })) {
    const name = header.name.replace(/^(\.\/)+/, '').replace(/\/$/, '');
    if (name === '' || name === '.') continue;
    const kind = kinds[header.type as keyof typeof kinds] ?? 'other';
    const text = kind === 'file' && wanted(name) ? await beginning(content) : undefined;
    entries.push({
      ...{ path: name, kind, size: header.size ?? 0 },
      ...(kind === 'link' && { target: header.linkname ?? '' }),
      ...(text !== undefined && { text }),
    });
  }
  return entries;
}

/** A hard link is a file like any other, of which the archive has the content under another name. */
const kinds = { file: 'file', link: 'file', 'contiguous-file': 'file', directory: 'directory', symlink: 'link' } as const;

async function beginning(content: AsyncIterable<Buffer>): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of content) if (pieces.length === 0) pieces.push(Buffer.from(piece.subarray(0, 4096)));
  return Buffer.concat(pieces).toString();
}
