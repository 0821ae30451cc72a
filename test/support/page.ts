import { spawn } from 'node:child_process';
import { cp, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { projectRoot } from './real-engine.ts';
import { type Snippet, snippetsOf } from './snippets.ts';

/** The blocks of a page of `docs/` that can be run here: those of a language are one program, in order. */
export class Page {
  readonly #snippets: readonly Snippet[];

  private constructor(snippets: readonly Snippet[]) {
    this.#snippets = snippets;
  }

  static async read(path: string): Promise<Page> {
    return new Page(snippetsOf(`docs/${path}`));
  }

  /** All blocks of a language one after the other. */
  program(language: 'sh' | 'python' | 'js' | 'ts'): string {
    return this.#snippets
      .filter(({ language: of, marks }) => of === language && marks['not run'] === undefined)
      .map(({ text }) => text)
      .join('\n');
  }
}

/** Where a reader of a page is: a directory with the project's examples, packages and, on its PATH, its command line. */
export interface Desk extends AsyncDisposable {
  readonly path: string;
  /** Runs a program with bash; what it printed. It fails with what the program said when that fails. */
  run(program: string, environment: Readonly<Record<string, string>>): Promise<string>;
}

export async function desk(): Promise<Desk> {
  const path = await mkdtemp(join(tmpdir(), 'sm-local-page-'));
  await cp(join(projectRoot, 'examples/iris'), join(path, 'examples/iris'), { recursive: true });
  await symlink(join(projectRoot, 'node_modules'), join(path, 'node_modules'));
  const command = join(path, 'sm-local');
  await writeFile(command, `#!/bin/sh\nexec ${process.execPath} ${projectRoot}/bin/sm-local.js "$@"\n`, { mode: 0o755 });
  return {
    path,
    run: (program, environment) => bash(program, path, { ...environment, PATH: `${path}:${process.env.PATH}` }),
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  };
}

async function bash(program: string, cwd: string, environment: Readonly<Record<string, string>>): Promise<string> {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('AWS_')));
  const child = spawn('bash', ['-eu', '-o', 'pipefail', '-c', program], {
    cwd,
    env: { ...env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const code = new Promise<number | null>((resolve, reject) => child.on('close', resolve).on('error', reject));
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)]);
  if ((await code) !== 0) throw new Error(`bash ended with ${await code}:\n${out}\n${err}`);
  return out;
}
