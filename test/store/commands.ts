import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { extname } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const execFileAsync = promisify(execFile);

/** Runs a program of the system and returns what it prints. */
export async function run(command: string, ...args: string[]): Promise<string> {
  const { stdout } = await execFileAsync(command, args, { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
  return stdout;
}

/** A program beside the tests, `name.ts` or compiled, in a Node process of its own. */
export class Program implements AsyncDisposable {
  readonly #process;
  readonly #lines: AsyncIterator<string>;
  readonly exited: Promise<unknown>;

  /** `under`: a program that becomes it: `['unshare', '--mount']`. */
  constructor(name: string, args: readonly string[], environment: Readonly<Record<string, string>> = {}, under: readonly string[] = []) {
    const here = fileURLToPath(import.meta.url);
    const path = fileURLToPath(new URL(name + extname(here), import.meta.url));
    const [command = process.execPath, ...rest] = [...under, process.execPath, path, ...args];
    this.#process = spawn(command, rest, {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { ...process.env, ...environment },
    });
    this.exited = once(this.#process, 'exit');
    this.#lines = createInterface({ input: this.#process.stdout })[Symbol.asyncIterator]();
  }

  /** The next line it prints; undefined when it has ended. */
  async line(): Promise<string | undefined> {
    const { value, done } = await this.#lines.next();
    return done ? undefined : value;
  }

  tell(line: string): void {
    this.#process.stdin.write(`${line}\n`);
  }

  async kill(signal: NodeJS.Signals): Promise<void> {
    this.#process.kill(signal);
    if (signal === 'SIGKILL') await this.exited;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill('SIGKILL');
  }
}
