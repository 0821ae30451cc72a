import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { dockerEngine } from '../../src/engine/docker/engine.ts';
import type { Engine, Image, Labels } from '../../src/engine/engine.ts';
import { findEngine } from '../../src/engine/find.ts';

/** The top of the project, from source and from dist alike. */
export const projectRoot = dirname(dirname(fileURLToPath(import.meta.resolve('#fixtures/README.md'))));

/** The real engine that the tests marked `docker` run on. */
export const testEngine = (): Engine => dockerEngine(findEngine());

let base: string | undefined;

/** The base image of fixtures and examples; `npm test` has it already and says so in the environment. */
export function baseImage(): string {
  base ??=
    process.env.SM_LOCAL_TEST_BASE_IMAGE ??
    execFileSync(process.execPath, ['scripts/base-image.mjs'], {
      cwd: projectRoot,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    }).trim();
  return base;
}

const built = new Map<string, Promise<Image>>();

/** Builds fixtures/images/<name>, once a process; removed after the last test. */
export function fixtureImage(name: string): Promise<Image> {
  const making = built.get(name) ?? buildFixture(name);
  built.set(name, making);
  return making;
}

/** What to name a fixture image on the command line. */
export const fixtureTag = (name: string): string => `sm-local-test/${name}:latest`;

const buildFixture = (name: string): Promise<Image> =>
  testEngine().images.build({
    directory: `${projectRoot}/fixtures/images/${name}`,
    tag: fixtureTag(name),
    buildArguments: { BASE_IMAGE: baseImage() },
    labels: { 'sm-local.kind': 'image' },
  });

export async function removeFixtureImages(): Promise<void> {
  await Promise.all([...built.keys()].map((name) => testEngine().images.remove(fixtureTag(name))));
  built.clear();
}

/** Everything in the engine that carries our labels, for comparing before and after. */
export async function oursInEngine(engine: Engine, labels: Labels = {}): Promise<readonly string[]> {
  const [containers, networks, volumes] = await Promise.all([
    engine.containers.list(labels),
    engine.networks.list(labels),
    engine.volumes.list(labels),
  ]);
  return [
    ...containers.map(({ id }) => `container ${id}`),
    ...networks.map(({ id }) => `network ${id}`),
    ...volumes.map(({ name }) => `volume ${name}`),
  ].sort();
}

export const readFixture = (path: string): string => readFileSync(`${projectRoot}/fixtures/${path}`, 'utf8');
