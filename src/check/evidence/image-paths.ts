import type { ImageContent } from './image-content.ts';

/** The path that is meant, with all links followed; undefined where it leads to nothing. */
export function resolvePath(files: ImageContent['files'], path: string): string | undefined {
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
    if (!entry || hops > mostLinks) return undefined;
    if (entry.kind !== 'link') {
      at = `${at}/${part}`;
      continue;
    }
    hops += 1;
    const target = entry.target ?? '';
    rest.unshift(...target.split('/').filter((each) => each !== ''));
    if (target.startsWith('/')) at = '';
  }
  return at || '/';
}

/** As many as the kernel follows. Source: path_resolution(7). */
const mostLinks = 40;
