import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Command, type Ended, runCommand, startCommand } from './command.ts';

/** A `sm-local up` as a process of its own, with a home of its own. Disposing it ends it and leaves nothing. */
export interface Up extends AsyncDisposable {
  /** `http://127.0.0.1:PORT`, the same after every start. */
  readonly url: string;
  readonly home: string;
  /** What `eval "$(sm-local env)"` sets. */
  environment(): Promise<Readonly<Record<string, string>>>;
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>;
  /** SIGTERM, once; resolves when it has ended. */
  stop(): Promise<Ended>;
  /** Again, at the same port, with the same arguments. */
  start(): Promise<void>;
}

/** Resolves when it is ready. `args` are added to `--port 0 --json`. */
export async function startUp(...args: readonly string[]): Promise<Up> {
  const cwd = await mkdtemp(join(tmpdir(), 'sm-local-clients-'));
  const place = { cwd, home: join(cwd, 'home') };
  let running: Command | undefined;
  const begin = async (port: number): Promise<string> => {
    const command = startCommand(['up', '--port', String(port), '--json', ...args], place);
    running = command;
    await command.until(/"event":"ready".*\n/);
    const ready = command
      .output()
      .split('\n')
      .find((line) => line.includes('"event":"ready"'));
    return JSON.parse(ready ?? '{}').url;
  };
  const end = async (signal: NodeJS.Signals): Promise<Ended> => {
    if (!running) throw new Error('It does not run.');
    const command = running;
    running = undefined;
    command.signal(signal);
    return await command.ended;
  };
  const url = await begin(0);
  return {
    url,
    home: place.home,
    environment: async () => JSON.parse((await runCommand(['env', '--format', 'json'], place)).out),
    kill: async () => void (await end('SIGKILL')),
    stop: () => end('SIGTERM'),
    start: async () => void (await begin(Number(new URL(url).port))),
    async [Symbol.asyncDispose]() {
      if (running) await end('SIGTERM');
      await runCommand(['reset', '--yes'], place); // also what was left to run
      await rm(cwd, { recursive: true, force: true });
    },
  };
}
