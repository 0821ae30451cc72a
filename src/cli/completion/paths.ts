import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { absolutePath } from '../../host-paths.ts';
import type { Candidate } from './candidate.ts';

/** Files and directories whose path begins so, hidden ones only when their dot is typed; what cannot be read has none. */
export function pathsFrom(typed: string, cwd: string, wanted: 'files' | 'directories' = 'files'): readonly Candidate[] {
  if (typed === '~') return [{ text: '~/' }];
  const end = typed.lastIndexOf('/') + 1;
  const [lead, start] = [typed.slice(0, end), typed.slice(end)];
  const directory = absolutePath(lead, cwd);
  return entriesOf(directory)
    .filter((name) => name.startsWith(start) && (start.startsWith('.') || !name.startsWith('.')))
    .map((name) => ({ name, isDirectory: isDirectory(join(directory, name)) }))
    .filter((each) => each.isDirectory || wanted === 'files')
    .map((each) => ({ text: `${lead}${each.name}${each.isDirectory ? '/' : ''}` }));
}

function entriesOf(directory: string): readonly string[] {
  try {
    return readdirSync(directory).sort();
  } catch {
    return [];
  }
}

function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false; // a link to nowhere
  }
}
