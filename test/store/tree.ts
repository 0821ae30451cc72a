import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, mkdir, readdir, readlink, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';

/** Writes files below `root`; a name that ends in `/` is an empty directory. */
export async function plant(root: string, files: Readonly<Record<string, string | Buffer>>): Promise<string> {
  for (const [name, content] of Object.entries(files)) {
    await mkdir(name.endsWith('/') ? join(root, name) : dirname(join(root, name)), { recursive: true });
    if (!name.endsWith('/')) await writeFile(join(root, name), content);
  }
  return root;
}

/** What a directory holds: path -> kind, mode, whole seconds of the last change, and the content's digest or the link's text. */
export async function snapshot(root: string): Promise<Record<string, string>> {
  const seen: Record<string, string> = {};
  for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    const { mode, mtimeMs } = await lstat(path);
    const content = entry.isFile() ? await digest(path) : entry.isSymbolicLink() ? await readlink(path) : '';
    const kind = entry.isFile() ? 'file' : entry.isDirectory() ? 'directory' : 'other';
    seen[relative(root, path)] = [kind, (mode & 0o7777).toString(8), Math.floor(mtimeMs / 1000), content].join(' ');
  }
  return Object.fromEntries(Object.entries(seen).sort());
}

async function digest(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk);
  return hash.digest('hex');
}
