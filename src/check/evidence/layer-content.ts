import { posix } from 'node:path';
import type { Readable } from 'node:stream';
import type { Header } from 'tar-stream';
import { tarEntries } from '../../store/tar-reader.ts';
import { beginningOf, type TextBudget } from './beginnings.ts';
import type { FileEntry, Layer } from './layer.ts';

export type LayerContent = Omit<Layer, 'instruction'>;

/** A layer as a tar archive. Deletions are files of special names. Source: OCI Image Layer Filesystem Changeset, "Whiteouts". */
export async function readLayer(source: Readable, budget: TextBudget, signal: AbortSignal): Promise<LayerContent> {
  const entries = new Map<string, FileEntry>();
  const deleted: string[] = [];
  const emptied: string[] = [];
  for await (const { header, content } of tarEntries(source, { signal, sourceError: (cause) => cause as Error })) {
    const path = posix.join('/', header.name).replace(/(?<=.)\/$/, '');
    const name = posix.basename(path);
    const directory = posix.dirname(path);
    if (name === '.wh..wh..opq') emptied.push(directory);
    else if (name.startsWith('.wh..wh.'))
      continue; // what old storage drivers kept for themselves
    else if (name.startsWith('.wh.')) deleted.push(posix.join(directory, name.slice('.wh.'.length)));
    else if (path !== '/') entries.set(path, await entryOf(path, header, content, budget, entries));
  }
  return { entries, deleted, emptied };
}

async function entryOf(
  path: string,
  header: Header,
  content: AsyncIterable<Buffer>,
  budget: TextBudget,
  others: ReadonlyMap<string, FileEntry>,
): Promise<FileEntry> {
  const mode = (header.mode ?? 0) & 0o7777;
  switch (header.type) {
    case 'directory':
      return { kind: 'directory', mode, size: 0 };
    case 'symlink':
      return { kind: 'link', mode, size: 0, target: header.linkname ?? '' };
    case 'link': {
      const sameAs = posix.join('/', header.linkname ?? '');
      const other = others.get(sameAs);
      return { kind: 'file', mode, size: 0, ...other, sameAs: other?.sameAs ?? sameAs };
    }
    case 'file':
    case 'contiguous-file': {
      const size = header.size ?? 0;
      return { kind: 'file', mode, size, ...(size > 0 && (await beginningOf(path, { mode, size }, content, budget))) };
    }
    default:
      return { kind: 'other', mode, size: 0 };
  }
}
