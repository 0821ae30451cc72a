import type { ImageContent } from './image-content.ts';

/** The path that is meant, with all links followed; undefined where it leads to nothing. */
export const resolvePath = (files: ImageContent['files'], path: string): string | undefined => followed(files, path).path;

/** Whether links lead in a circle there. */
export const isLoop = (files: ImageContent['files'], path: string): boolean => followed(files, path).isLoop;

interface Followed {
  readonly path: string | undefined;
  readonly isLoop: boolean;
}

function followed(files: ImageContent['files'], path: string): Followed {
  const rest = path.split('/').filter((part) => part !== '');
  let at = '';
  let hops = 0;
  while (rest.length > 0) {
    const part = rest.shift() ?? '';
    if (part === '.') continue;
    if (part === '..') {
      at = at.slice(0, Math.max(0, at.lastIndexOf('/')));
      continue;
    }
    const entry = files.get(`${at}/${part}`);
    if (!entry || hops > mostLinks) return { path: undefined, isLoop: entry !== undefined };
    if (entry.kind !== 'link') {
      at = `${at}/${part}`;
      continue;
    }
    hops += 1;
    const target = entry.target ?? '';
    rest.unshift(...target.split('/').filter((each) => each !== ''));
    if (target.startsWith('/')) at = '';
  }
  return { path: at || '/', isLoop: false };
}

/** As many as the kernel follows. Source: path_resolution(7). */
const mostLinks = 40;
