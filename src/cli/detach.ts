import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openEmulator } from '../emulator.ts';
import { emulatorOptions } from '../options/common-flags.ts';
import { logVariable, type UpValues } from '../options/up-options.ts';
import { diskTrouble } from '../store/disk-trouble.ts';
import { type Io, troubleOf } from './io.ts';
import { jsonLine } from './json-lines.ts';

/** `sm-local up --detach`: starts a process of its own that serves on, and returns when it is ready, or with its exit code when it has failed. */
export async function detach(values: UpValues, io: Io): Promise<number> {
  await using emulator = await openEmulator(emulatorOptions(values, io));
  const log = join(emulator.root.home.logs, 'up.log');
  const output = openLog(emulator.root.home.logs, log);
  const args = process.argv.slice(1).filter((word) => word !== '--detach' && word !== '-d');
  const child = spawn(process.execPath, args, {
    detached: true,
    stdio: ['ignore', output, output, 'ipc'],
    env: { ...io.env, [logVariable]: log },
  });
  closeSync(output);
  const outcome = await new Promise<{ readonly url: string } | number>((resolve) => {
    child.once('message', (message) => resolve(message as { url: string }));
    child.once('exit', (code) => resolve(code ?? 1));
    child.once('error', () => resolve(1));
  });
  if (typeof outcome === 'number') {
    await troubleOf(io).write(readFileSync(log, 'utf8'));
    return outcome;
  }
  child.disconnect();
  child.unref();
  if (values.json) await jsonLine(io, { event: 'ready', url: outcome.url, pid: child.pid, log });
  else if (io.level === 'quiet') await io.out.write(`${outcome.url}\n`);
  else {
    await io.err.write(`sm-local is ready at ${outcome.url} (process ${child.pid}, output in ${log}).\n`);
    await io.err.write('  Set a client up: eval "$(sm-local env)"   sm-local down ends it.\n');
  }
  return 0;
}

/** That of an earlier one is overwritten. */
function openLog(directory: string, path: string): number {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    return openSync(path, 'w', 0o600);
  } catch (error) {
    throw diskTrouble('write', path, error);
  }
}
