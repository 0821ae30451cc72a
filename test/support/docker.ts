import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { dockerEngine } from '../../src/engine/docker/engine.ts';
import type { Engine, Image, Labels } from '../../src/engine/engine.ts';
import { findEngine } from '../../src/engine/find.ts';
import { temporaryDirectory } from './temporary-directory.ts';

/** For what a test creates in the engine by itself; the process's id is how `withLeftoverCheck` tells its things from those of others. */
export const testLabels: Labels = { 'sm-local.test': `${process.pid}-${randomBytes(4).toString('hex')}` };

const once = <T>(make: () => Promise<T>): (() => Promise<T>) => {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
};

/**
 * The engine that tests run on. Where none answers this fails with the engine's one sentence; `npm test` looks for one beforehand, and ends
 * with exit code 3 when there is none.
 */
export const testEngine: () => Promise<Engine> = once(async () => {
  const engine = dockerEngine(findEngine());
  await engine.describe();
  return engine;
});

const repository = (path: string): string => join(dirname(fileURLToPath(import.meta.resolve('#fixtures/opt-ml/README.md'))), '../..', path);

/** A small image with a shell and Python: the one `npm test` names, else the one the script finds or makes. */
export const baseImage: () => Promise<string> = once(async () => {
  const given = process.env.SM_LOCAL_TEST_BASE_IMAGE;
  if (given) return given;
  const { stdout } = await promisify(execFile)(process.execPath, [repository('scripts/base-image.mjs')]);
  return stdout.trim();
});

const fixtures = new Map<string, Promise<Image>>();

/** The image of fixtures/images/<name>, built once a process; from the second run on, the engine's layer cache does the work. */
export function fixtureImage(name: string): Promise<Image> {
  const found = fixtures.get(name) ?? buildFixture(name);
  fixtures.set(name, found);
  return found;
}

async function buildFixture(name: string): Promise<Image> {
  return await (await testEngine()).images.build({
    directory: repository(`fixtures/images/${name}`),
    tag: `sm-local-test/${name}`,
    buildArguments: { BASE_IMAGE: await baseImage() },
    // Not sm-local.*: containers inherit the labels of their image.
    labels: { 'sm-local-test.image': name },
  });
}

/** An image made of these Dockerfile lines on top of the base image, gone when the test ends. */
export async function temporaryImage(...lines: readonly string[]): Promise<Image & AsyncDisposable> {
  const engine = await testEngine();
  await using context = await temporaryDirectory();
  await writeFile(join(context.path, 'Dockerfile'), [`FROM ${await baseImage()}`, ...lines, ''].join('\n'));
  const tag = `sm-local-test/temporary:${randomBytes(6).toString('hex')}`;
  const image = await engine.images.build({ directory: context.path, tag });
  return { ...image, [Symbol.asyncDispose]: () => engine.images.remove(tag) };
}
