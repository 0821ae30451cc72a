import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { uncovered } from './coverage.ts';
import { checkJsonLines } from './json-page.ts';
import { projectRoot } from './real-engine.ts';

/** A run of the shipped command line as a process of its own. */
export interface Command {
  readonly pid: number;
  /** Resolves when stdout and stderr together match; rejects when the process ends first. */
  until(pattern: RegExp): Promise<void>;
  /** What it has printed so far, stdout first. */
  output(): string;
  signal(name: NodeJS.Signals): void;
  readonly ended: Promise<Ended>;
}

export interface Ended {
  /** As shells report it: 128 and the number of the signal that ended it. */
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export interface Place {
  readonly home: string;
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** The shipped command line as a program to be started, whose home knows what those before it have found out of the engine. */
export function prepareCommand(args: readonly string[], { home, env = {} }: Place): Program {
  const engines = join(home, 'engines');
  if (known.size > 0 && (args[0] === 'train' || args[0] === 'serve' || args[0] === 'up')) {
    mkdirSync(engines, { recursive: true });
    const missing = [...known].filter(([name]) => !existsSync(join(engines, name)));
    for (const [name, content] of missing) writeFileSync(join(engines, name), content);
  }
  return {
    file: process.execPath,
    args: [join(projectRoot, 'bin/sm-local.js'), ...args],
    env: { ...process.env, ...uncovered, SM_LOCAL_HOME: home, ...env },
    ended() {
      if (existsSync(engines)) for (const name of readdirSync(engines)) known.set(name, readFileSync(join(engines, name)));
    },
  };
}

interface Program {
  readonly file: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** To be called when it has ended. */
  ended(): void;
}

/** What the first job of this process has found out of the engine: file -> content. The homes of the others know it, as any but a new one does. */
const known = new Map<string, Buffer>();

export function startCommand(args: readonly string[], place: Place): Command {
  const program = prepareCommand(args, place);
  const child = spawn(program.file, program.args, { cwd: place.cwd, env: program.env, stdio: ['ignore', 'pipe', 'pipe'] });
  let out = '';
  let err = '';
  const changed = new EventTarget();
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    out += chunk;
    changed.dispatchEvent(new Event('change'));
  });
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    err += chunk;
    changed.dispatchEvent(new Event('change'));
  });
  const ended = once(child, 'close').then(([code, signal]): Ended => {
    program.ended();
    if (args.includes('--json') && code !== null) checkJsonLines(args[0] ?? '', out); // whatever a test asks, the lines are those of docs/json.md
    return { code: codeOf(code, signal), out, err };
  });
  return {
    pid: child.pid ?? 0,
    until: (pattern) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (pattern.test(out + err)) resolve();
        };
        changed.addEventListener('change', look);
        void ended.then(() => reject(new Error(`It ended without ${pattern}:\n${out}${err}`)));
        look();
      }),
    output: () => out + err,
    signal: (name) => void child.kill(name),
    ended,
  };
}

const codeOf = (code: number | null, signal: NodeJS.Signals | null): number => code ?? 128 + constants.signals[signal ?? 'SIGKILL'];

export const runCommand = (args: readonly string[], place: Place): Promise<Ended> => startCommand(args, place).ended;
