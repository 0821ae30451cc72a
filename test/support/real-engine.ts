import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { dockerEngine } from '../../src/engine/docker/engine.ts';
import type { Engine, Image, Labels } from '../../src/engine/engine.ts';
import { findEngine } from '../../src/engine/find.ts';
import { oursInEngine } from './leftovers.ts';
import { temporaryDirectory } from './temporary-directory.ts';

/** What is in the engine of this home: nothing, when its commands have ended. */
export const leftOf = async (home: string): Promise<readonly string[]> =>
  (await oursInEngine(testEngine())).filter((one) => one.includes(`"${home}"`));

/** What is in the engine of this home and of homes below it, as ephemeral ones are; of living processes too. */
export async function belowHome(home: string): Promise<readonly string[]> {
  const { containers, networks, volumes } = testEngine();
  const found = await Promise.all([containers.list({}), networks.list({}), volumes.list({})]);
  return found.flat().flatMap(({ labels }) => {
    const of = labels['sm-local.home'];
    return of !== undefined && `${of}/`.startsWith(`${home}/`) ? [JSON.stringify(labels)] : [];
  });
}

/** The top of the project, from source and from dist alike. */
export const projectRoot = dirname(dirname(fileURLToPath(import.meta.resolve('#fixtures/README.md'))));

/** For what a test makes in the engine by itself; it begins with the process's id, so that others can tell whose it is. */
export const testLabels: Labels = { 'sm-local.test': `${process.pid}-${randomBytes(4).toString('hex')}` };

/** The real engine that the tests marked `docker` run on; what else the user's docker config says, proxies say, is not for them. */
export const testEngine = (): Engine => dockerEngine(findEngine(), { env: { PATH: process.env.PATH }, home: projectRoot });

let base: string | undefined;

/** The base image of fixtures and examples; `npm test` has it already and says so in the environment. */
export function baseImage(): string {
  base ??= process.env.SM_LOCAL_TEST_BASE_IMAGE ?? baseImageWith();
  return base;
}

/**
 * A base image for a Dockerfile that installs these packages of the distribution, or what they hold for pip. The first time takes a minute or two
 * where no registry answers.
 */
export const baseImageWith = (...packages: readonly string[]): string =>
  execFileSync(process.execPath, ['scripts/base-image.mjs', ...packages], {
    cwd: projectRoot,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  }).trim();

const built = new Map<string, Promise<Image>>();

/** Builds fixtures/images/<name>, once a process; removed after the last test of the run. */
export function fixtureImage(name: string): Promise<Image> {
  const making = built.get(name) ?? buildFixture(name, fixtureTag(name), testEngine(), baseImage(), ofRun());
  built.set(name, making);
  return making;
}

/** What to name a fixture image on the command line. Of this process alone: another run on the same engine removes its own. */
export const fixtureTag = (name: string): string => `sm-local-test/${name}:${process.pid}`;

/** Builds a fixture on any engine under a name that whoever asks for it removes. */
export const buildFixture = (
  name: string,
  tag: string,
  engine: Engine = testEngine(),
  base: string = baseImage(),
  labels: Labels = {},
): Promise<Image> =>
  engine.images.build({
    directory: `${projectRoot}/fixtures/images/${name}`,
    tag,
    buildArguments: { BASE_IMAGE: base },
    labels: { 'sm-local.kind': 'image', ...labels },
  });

/** A run of the tests may have several processes, which have its name from the first. */
const ofRun = (): Labels => ({ 'sm-local.test-run': process.env.SM_LOCAL_TEST_RUN ?? `${process.pid}` });

/** Those of all processes of this run; one after the other, since an engine stumbles over two names of one image that go at once. */
export async function removeFixtureImages(): Promise<void> {
  const { images } = testEngine();
  for (const { references } of await images.list(ofRun())) {
    for (const reference of references) await images.remove(reference);
  }
}

/** An image made of these Dockerfile lines on top of the base image; whoever asked for it disposes it, after its containers. */
export async function temporaryImage(
  lines: readonly string[],
  engine: Engine = testEngine(),
  base: string = baseImage(),
): Promise<Image & AsyncDisposable> {
  await using context = await temporaryDirectory();
  await writeFile(join(context.path, 'Dockerfile'), [`FROM ${base}`, ...lines, ''].join('\n'));
  const tag = `sm-local-test/temporary:${randomBytes(6).toString('hex')}`;
  const image = await engine.images.build({ directory: context.path, tag });
  return { ...image, [Symbol.asyncDispose]: () => engine.images.remove(tag) };
}

export const readFixture = (path: string): string => readFileSync(`${projectRoot}/fixtures/${path}`, 'utf8');
