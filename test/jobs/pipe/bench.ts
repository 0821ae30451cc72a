import { spawn } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { openPipes, type PipeChannel, type PipeEpoch, type PipeOptions, type Pipes } from '../../../src/jobs/pipe/pipes.ts';
import { Scope } from '../../../src/scope.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

/** A place for pipes, and programs that read there. */
export interface PipeBench extends AsyncDisposable {
  /** As /opt/ml/input/data. */
  readonly data: string;
  readonly spares: string;
  /** A directory for files. */
  readonly files: string;
  /** Epochs that are over. */
  readonly epochs: readonly PipeEpoch[];
  open(channels: readonly PipeChannel[], options?: PipeOptions): Promise<Pipes>;
  /** Runs a shell script in `data` and returns what it prints. */
  sh(script: string): Promise<string>;
  /** Starts one; it is killed in the end. */
  start(script: string): Reader;
  /** What the pipes have left behind so far: FIFOs, descriptors on them, processes. */
  leftovers(): Promise<readonly string[]>;
}

export interface Reader {
  readonly printed: Promise<string>;
  kill(): void;
}

export async function pipeBench(): Promise<PipeBench> {
  const scope = new Scope();
  const { path } = scope.use(await temporaryDirectory());
  const [data, spares, files] = ['data', 'spares', 'files'].map((name) => join(path, name)) as [string, string, string];
  await mkdir(data);
  await mkdir(files);
  const epochs: PipeEpoch[] = [];
  const start = (script: string): Reader => {
    const child = spawn('sh', ['-c', script], { cwd: data, detached: true, stdio: ['ignore', 'pipe', 'inherit'] });
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
    const printed = new Promise<string>((resolve) => child.on('close', () => resolve(text)));
    const kill = (): void => {
      if (child.exitCode === null && child.signalCode === null && child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    };
    scope.defer(async () => {
      kill();
      await printed;
    });
    return { printed, kill };
  };
  return {
    data,
    spares,
    files,
    epochs,
    async open(channels, options = {}) {
      const pipes = await openPipes(channels, { data, spares }, { onEpoch: (epoch) => epochs.push(epoch), ...options });
      return scope.use(pipes);
    },
    sh: (script) => start(script).printed,
    start,
    async leftovers() {
      const fifos = [...(await readdir(data)), ...(await readdir(spares).catch(() => []))];
      return [...fifos, ...descriptorsBelow(path), ...processesAbout(path)];
    },
    [Symbol.asyncDispose]: () => scope[Symbol.asyncDispose](),
  };
}

function descriptorsBelow(path: string): readonly string[] {
  return readdirSync('/proc/self/fd').flatMap((descriptor) => {
    try {
      const target = readlinkSync(`/proc/self/fd/${descriptor}`);
      return target.startsWith(path) ? [`descriptor ${target}`] : [];
    } catch {
      return []; // closed since it was listed
    }
  });
}

const processesAbout = (path: string): readonly string[] => pidsAbout(path).map((pid) => `process ${pid}`);

/** Processes with the path among their arguments. */
export function pidsAbout(path: string): readonly number[] {
  return readdirSync('/proc').flatMap((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(path) ? [Number(pid)] : [];
    } catch {
      return []; // gone since it was listed
    }
  });
}

/** A channel of the same bytes in each epoch, or of what `of` says. */
export const channelOf = (name: string, of: (epoch: number) => Iterable<Uint8Array> | AsyncIterable<Uint8Array>): PipeChannel => ({
  name,
  async *epoch(number) {
    yield* of(number);
  },
});

/** `count` megabytes, each filled with its number. */
export function* megabytes(count: number): Generator<Uint8Array> {
  for (let number = 0; number < count; number += 1) yield Buffer.alloc(1024 * 1024, number);
}
