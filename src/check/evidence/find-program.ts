import { posix } from 'node:path';
import type { Image } from '../../engine/engine.ts';
import type { ImageContent } from './image-content.ts';
import { isLoop, resolvePath } from './image-paths.ts';
import type { FileEntry } from './layer.ts';

/** What a name of a program comes to. */
export type Sought =
  | { readonly state: 'found'; readonly path: string; readonly entry: FileEntry }
  /** `path`: where it would have to be; none when it is looked for on PATH. */
  | { readonly state: 'missing'; readonly path?: string }
  /** A link that leads to nothing, or in a circle. */
  | { readonly state: 'dangling'; readonly path: string; readonly target: string; readonly isLoop: boolean }
  | { readonly state: 'directory'; readonly path: string }
  | { readonly state: 'not-executable'; readonly path: string; readonly entry: FileEntry };

/** Docker's own, where an image sets none. */
const defaultPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Directories that programs are looked for in. */
export const pathOf = ({ environment }: Pick<Image, 'environment'>): readonly string[] =>
  (environment.PATH ?? defaultPath).split(':').filter((directory) => directory !== '');

/** The program that `name` starts: a path from WORKDIR, or a name on PATH, of which the first that can be executed counts. */
export function findProgram({ files }: ImageContent, image: Pick<Image, 'environment' | 'workingDirectory'>, name: string): Sought {
  if (name.includes('/')) return soughtAt(files, posix.resolve(image.workingDirectory || '/', name));
  let nearest: Sought = { state: 'missing' };
  for (const directory of pathOf(image)) {
    const sought = soughtAt(files, posix.join(posix.resolve(image.workingDirectory || '/', directory), name));
    if (sought.state === 'found') return sought;
    if (sought.state !== 'missing' && nearest.state === 'missing') nearest = sought;
  }
  return nearest;
}

function soughtAt(files: ImageContent['files'], path: string): Sought {
  const real = resolvePath(files, path);
  const entry = real === undefined ? undefined : files.get(real);
  const own = files.get(path);
  if (!entry)
    return own?.kind === 'link'
      ? { state: 'dangling', path, target: own.target ?? '', isLoop: isLoop(files, path) }
      : { state: 'missing', path };
  if (entry.kind === 'directory') return { state: 'directory', path };
  return entry.kind === 'file' && (entry.mode & 0o111) !== 0
    ? { state: 'found', path: real ?? path, entry }
    : { state: 'not-executable', path, entry };
}
