import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { elapsed } from '../units.ts';

/** Runs a command of the user's through the shell with `input` on its standard input. Errors: its exit code, or that it took too long. */
export async function pipeTo(command: string, input: string, limit: number, signal?: AbortSignal): Promise<void> {
  // A session of its own, so that Ctrl-C in the terminal, which the job still has to tell of, does not end it, and all of it can be ended.
  const child = spawn('/bin/sh', ['-c', command], { stdio: ['pipe', 'ignore', 'pipe'], detached: true });
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint = (complaint + text).slice(-500);
  });
  child.stdin.on('error', () => undefined); // it need not read what it is told
  child.stdin.end(input);
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    endGroup(child.pid);
  }, limit * 1000);
  const abort = (): void => endGroup(child.pid);
  signal?.addEventListener('abort', abort, { once: true });
  try {
    const [code, name] = await once(child, 'exit');
    await lastWords(child);
    if (isLate) throw new Error(`it took longer than ${elapsed(limit)}`);
    if (code !== 0) throw new Error([`it ended with ${code ?? name}`, complaint.trim()].filter((part) => part !== '').join(': '));
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', abort);
  }
}

/** What it said comes within a moment; a program that it left behind may keep its end open for ever. */
async function lastWords(child: ChildProcess): Promise<void> {
  const patience = setTimeout(() => child.stderr?.destroy(), 200);
  if (child.stderr && !child.stderr.closed) await once(child.stderr, 'close');
  clearTimeout(patience);
}

function endGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error; // it has just ended
  }
}
