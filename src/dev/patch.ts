import { createReadStream, createWriteStream } from 'node:fs';
import { lstat, readFile } from 'node:fs/promises';
import { dirname } from 'node:path/posix';
import { pipeline } from 'node:stream/promises';
import { type Pack, pack } from 'tar-stream';

/** A file of this machine and its place in a container. */
export interface PatchFile {
  readonly source: string;
  /** Absolute. */
  readonly path: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** How many of the directories that it is in came along with it, from the innermost. */
  readonly directories?: number;
}

/** Writes an archive for `ContainerSpec.patches`, of what the files hold now. Errors: those of the file system. */
export async function writePatch(archive: string, files: readonly PatchFile[]): Promise<void> {
  const writer = pack();
  const written = pipeline(writer, createWriteStream(archive));
  written.catch(() => {}); // awaited below
  const made = new Set<string>();
  try {
    for (const file of files) {
      for (const directory of directoriesOf(file)) {
        if (made.has(directory.path)) continue;
        made.add(directory.path);
        const { mode, mtime } = await lstat(directory.source);
        writer.entry({ name: directory.path.slice(1), type: 'directory', mode: mode & 0o7777, uid: file.uid, gid: file.gid, mtime }, '');
      }
      await putFile(writer, file);
    }
    writer.finalize();
  } catch (error) {
    writer.destroy(error as Error);
    await written.catch(() => {});
    throw error;
  }
  await written;
}

/** From the outermost. */
function directoriesOf({ source, path, directories = 0 }: PatchFile): readonly { readonly source: string; readonly path: string }[] {
  const found: { source: string; path: string }[] = [];
  for (let at = { source: dirname(source), path: dirname(path) }; found.length < directories; ) {
    found.unshift(at);
    at = { source: dirname(at.source), path: dirname(at.path) };
  }
  return found;
}

/** Files that are read whole, in bytes: one that an editor is writing may be shorter or longer by the time that it is read. */
const small = 32 * 1024 * 1024;

async function putFile(writer: Pack, { source, path, mode, uid, gid }: PatchFile): Promise<void> {
  const { size, mtime } = await lstat(source);
  const header = { name: path.slice(1), mode, uid, gid, mtime };
  if (size <= small) {
    const content = await readFile(source);
    writer.entry(header, content);
  } else await pipeline(createReadStream(source, { end: size - 1 }), writer.entry({ ...header, size }));
}
