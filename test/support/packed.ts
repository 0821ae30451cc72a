import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { uncovered } from './coverage.ts';
import { projectRoot } from './real-engine.ts';

/** A directory outside the repository with the package as `npm pack` makes it from what is built. */
export interface Packed extends AsyncDisposable {
  readonly path: string;
  readonly tarball: string;
}

export async function packed(): Promise<Packed> {
  const path = await mkdtemp(join(tmpdir(), 'sm-local-package-'));
  runIn(path, 'npm', ['pack', projectRoot, '--ignore-scripts', '--pack-destination', path]);
  const name = readdirSync(path).find((entry) => entry.endsWith('.tgz')) ?? '';
  return { path, tarball: join(path, name), [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

/** Installs the tarball, and nothing else, in a project of this description. */
export async function installIn(directory: string, tarball: string, description: object): Promise<void> {
  await writeFile(join(directory, 'package.json'), JSON.stringify({ name: 'user', private: true, ...description }));
  runIn(directory, 'npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts', '--prefer-offline', tarball]);
}

/** What a program printed. Its environment says nothing about the tests, and its home is in the directory. */
export const runIn = (directory: string, program: string, args: readonly string[]): string =>
  execFileSync(program, args, {
    cwd: directory,
    encoding: 'utf8',
    env: { ...process.env, ...uncovered, SM_LOCAL_HOME: join(directory, 'home') },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
