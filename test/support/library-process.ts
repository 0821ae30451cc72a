import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** A process that has an ephemeral emulator of the library, with canned replies in place of an engine. */
export interface LibraryProcess extends AsyncDisposable {
  readonly pid: number;
  /** The status that its API answers with. */
  ask(): Promise<number>;
  /** Has it stop what it has, and waits until it has ended. */
  end(): Promise<void>;
  kill(): Promise<void>;
}

export async function libraryProcess(home: string): Promise<LibraryProcess> {
  const program = `
import { repliesEngine, startEmulator } from '${new URL('../../src/index.js', import.meta.url)}';
const options = { home: ${JSON.stringify(home)}, ephemeral: true, engine: repliesEngine('x'), callback: 'off', credentials: 'none' };
const emulator = await startEmulator(options);
console.log(emulator.url);
process.stdin.resume().once('end', () => emulator.stop());`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: ['pipe', 'pipe', 'inherit'] });
  const closed = once(child, 'close');
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL');
    await closed;
  };
  const url = await firstLine(child);
  return {
    pid: child.pid ?? 0,
    ask: async () => (await fetch(`${url}/_sm-local/health`)).status,
    async end() {
      child.stdin.end();
      await closed;
    },
    kill,
    [Symbol.asyncDispose]: kill,
  };
}

async function firstLine({ stdout }: ChildProcess): Promise<string> {
  assert.ok(stdout);
  for await (const line of createInterface(stdout)) return line;
  return assert.fail('the process has ended');
}
