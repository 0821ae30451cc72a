import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { extract, pack } from 'tar-stream';

export interface ArchivedFile {
  readonly content: string;
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
}

export function archiveOf(files: Readonly<Record<string, ArchivedFile>>): Readable {
  const writer = pack();
  for (const [name, { content, ...header }] of Object.entries(files)) writer.entry({ name, mode: 0o644, ...header }, content);
  writer.finalize();
  return Readable.from(writer);
}

/** Name -> type, mode and content, e.g. `file 644 text`. */
export async function unpacked(tar: Readable): Promise<Readonly<Record<string, string>>> {
  const reader = extract();
  tar.pipe(reader);
  const found: Record<string, string> = {};
  for await (const entry of reader) {
    const { name, type, mode = 0 } = entry.header;
    const content = (await buffer(entry)).toString();
    found[name] = [type, (mode & 0o777).toString(8), content].filter(Boolean).join(' ');
  }
  return found;
}
