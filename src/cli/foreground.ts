import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/**
 * Whether the terminal is this process's to read and to set: a job in the background (`&`, `bg`) that tries is stopped. False where it cannot
 * be told.
 */
export function isInForeground(): boolean {
  return process.platform === 'linux' ? isForegroundGroup(ownStat()) : isForegroundState(ownState());
}

/** `stat` of proc(5): behind the name of the program, which may hold anything, state, parent, process group, session, terminal, its foreground group. */
export function isForegroundGroup(stat: string): boolean {
  const [, , group, , , foreground] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return group !== undefined && group === foreground;
}

/** Of ps: a plus says that a process is in the foreground group of its terminal. */
export const isForegroundState = (state: string): boolean => state.includes('+');

function ownStat(): string {
  try {
    return readFileSync('/proc/self/stat', 'latin1');
  } catch {
    return '';
  }
}

function ownState(): string {
  if (process.platform === 'win32') return '+'; // there is no background there
  try {
    return execFileSync('ps', ['-o', 'stat=', '-p', String(process.pid)], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  } catch {
    return '';
  }
}
