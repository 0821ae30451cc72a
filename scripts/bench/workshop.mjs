// What rows share: a directory for all that they make, the images, an emulator in this process, the engine's API as it is. Ended, it has
// removed all of it, also what rows that failed have left.

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findEngine } from '../engine-api.mjs';
import { say } from '../setup.mjs';
import { endProcesses, programEnd } from './processes.mjs';
import { need } from './programs.mjs';
import { RawEngine } from './raw-engine.mjs';
import { imageOfRun, removeKilledRuns, removeRun } from './run-directories.mjs';

/** How much of everything: as the goals say, or so much that all of them are seen in two minutes. */
const amounts = {
  full: {
    jobs: 20,
    endpoints: 20,
    hosts: 8,
    packMegabytes: 512,
    unpackMegabytes: 256,
    bigMegabytes: 256,
    files: 10_000,
    pipeMegabytes: 256,
    logMegabytes: 20,
  },
  quick: {
    jobs: 6,
    endpoints: 4,
    hosts: 4,
    packMegabytes: 48,
    unpackMegabytes: 48,
    bigMegabytes: 128,
    files: 1000,
    pipeMegabytes: 64,
    logMegabytes: 4,
  },
};
const alsoFull = {
  stalledMegabytes: 100,
  chunks: 50_000,
  slowChunks: 200,
  loadSeconds: 1,
  warmSeconds: 8,
  plantedJobs: 1000,
  objectMegabytes: 1000,
};
const alsoQuick = {
  stalledMegabytes: 10,
  chunks: 10_000,
  slowChunks: 50,
  loadSeconds: 1,
  warmSeconds: 1,
  plantedJobs: 100,
  objectMegabytes: 50,
};

/**
 * `path`: the directory of this run; `rounds`: of each kind of row, `{ jobs, proxy, heavy, many, crowd }`, and `otherRounds` of rows that are no goals of the project; `signal`: aborts when the run
 * is to end.
 */
export async function openWorkshop({ path, baseImage, rounds, otherRounds, isQuick, signal }) {
  const { engine: found } = await findEngine();
  const [{ openEmulator }, { dockerEngine }, { findEngine: find }, leftovers] = await Promise.all([
    import('../../dist/src/emulator.js'),
    import('../../dist/src/engine/docker/engine.js'),
    import('../../dist/src/engine/find.js'),
    import('../../dist/src/engine/leftovers.js'),
  ]);
  const engine = dockerEngine(find());
  await removeKilledRuns(engine, leftovers);
  const raw = new RawEngine(found, path);
  const images = new Map();
  let emulator;
  const { isNative } = await engine.describe();

  const own = {
    path,
    home: join(path, 'home'),
    engine,
    raw,
    isNative,
    rounds,
    otherRounds,
    isQuick,
    signal,
    amounts: isQuick ? { ...amounts.quick, ...alsoQuick } : { ...amounts.full, ...alsoFull },
    image,
    emulator: () => (emulator ??= openEmulator({ home: own.home })),
    directory: async () => {
      const directory = await mkdtemp(join(path, 'home-'));
      return { path: directory, end: () => rm(directory, { recursive: true, force: true }) };
    },
    end,
  };
  return own;

  /** `bench`: the program of this benchmark as train and serve; otherwise a fixture. Built when it is first asked for. */
  async function image(name) {
    if (!images.has(name)) images.set(name, buildImage(name));
    return await images.get(name);
  }

  async function buildImage(name) {
    const tag = imageOfRun(name);
    say(`Building ${tag} …`);
    if (name === 'bench') await engine.images.build({ directory: await compiled(path), tag, buildArguments: {} });
    else await engine.images.build({ directory: `fixtures/images/${name}`, tag, buildArguments: { BASE_IMAGE: baseImage } });
    return tag;
  }

  async function end() {
    await endProcesses();
    await (await emulator)?.[Symbol.asyncDispose]();
    await Promise.allSettled(images.values());
    await removeRun(engine, path, process.pid, leftovers);
    raw.end();
    await engine[Symbol.asyncDispose]();
  }
}

/** A directory with the program and the Dockerfile of an image that holds nothing else. */
async function compiled(path) {
  need('gcc');
  const directory = join(path, 'program');
  await mkdir(directory);
  const source = fileURLToPath(new URL('./container/program.c', import.meta.url));
  const env = { ...process.env, TMPDIR: directory }; // where what it leaves goes too when it is interrupted
  await programEnd('gcc', ['-O2', '-D_GNU_SOURCE', '-static', '-pthread', '-o', join(directory, 'program'), source], { env });
  const dockerfile = ['FROM scratch', 'COPY program /usr/local/bin/train', 'COPY program /usr/local/bin/serve'];
  await writeFile(join(directory, 'Dockerfile'), `${dockerfile.join('\n')}\n`);
  return directory;
}
