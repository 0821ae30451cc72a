// Programs of this machine. Only Node's own modules: these scripts run on a clean clone.

import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';

/** Whether a program is there to be run; those of the system administrator are not on every PATH. */
export function isInstalled(program) {
  const folders = [...(process.env.PATH ?? '').split(path.delimiter), '/usr/local/sbin', '/usr/sbin', '/sbin'];
  return folders.some((folder) => existsSync(path.join(folder, program)));
}

/**
 * What the program printed, or an error with the last line that it said. Settles when the program and all that it started are gone, also
 * when interrupted: whoever removes the folder that it works in must not race with a process still writing. Hence a group of its own,
 * which can be ended as a whole.
 */
export function runToEnd(program, args, { signal, env = process.env }) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], env, detached: true });
    const output = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr']) child[name].setEncoding('utf8').on('data', (text) => (output[name] += text));
    const end = () => process.kill(-child.pid, 'SIGKILL');
    signal.addEventListener('abort', end, { once: true });
    child.on('error', reject);
    child.on('close', (code) => {
      signal.removeEventListener('abort', end);
      if (code === 0) return resolve(output.stdout);
      const lastLine = output.stderr.trim().split('\n').at(-1);
      reject(new Error(`${path.basename(program)}: ${lastLine || `exit code ${code}`}`));
    });
  });
}
