import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type {
  ContainerSpec,
  CreatedContainer,
  Engine,
  Exit,
  Image,
  Output,
  StartedContainer,
  Volume,
  VolumeSpec,
} from '../../src/engine/engine.ts';
import { type ErrorCode, isError, type SmLocalError } from '../../src/errors.ts';
import { Scope } from '../../src/scope.ts';
import { withLeftoverCheck } from './leftovers.ts';
import { baseImage, temporaryImage, testEngine, testLabels } from './real-engine.ts';
import { temporaryDirectory } from './temporary-directory.ts';

export interface Printed {
  readonly exit: Exit;
  readonly stdout: string;
  readonly stderr: string;
}

export interface TestContainers {
  readonly engine: Engine;
  /** The image that scripts run in where the changes name no other. */
  base(): Image;
  /** A container that runs a shell script, or what the changes say. */
  create(script: string, changes?: Partial<ContainerSpec>): Promise<CreatedContainer>;
  start(script: string, changes?: Partial<ContainerSpec>): Promise<StartedContainer>;
  /** Starts it and waits until it has printed `ready`. */
  startUntilReady(script: string, changes?: Partial<ContainerSpec>): Promise<StartedContainer>;
  /** Runs it to its end. */
  run(script: string, changes?: Partial<ContainerSpec>): Promise<Printed>;
  image(...dockerfileLines: readonly string[]): Promise<Image>;
  network(options?: { readonly internal?: boolean }): Promise<string>;
  volume(mount?: VolumeSpec['mount']): Promise<Volume>;
  directory(files?: Readonly<Record<string, string>>): Promise<string>;
  /** For what a test makes by other means. */
  defer(undo: () => unknown): void;
}

/** Which engine, known by the time that a test runs, and the name of the base image on it. */
export interface EngineUnderTest {
  readonly engine: () => Engine;
  readonly base: () => string;
  /** What a GET from the engine's machine is answered with, where its loopback is not this one's. */
  readonly get?: (url: string) => Promise<string>;
}

/** In a `describe`: an engine, and what a test needs on it; all of it is gone after each test, which is checked after the last. */
export function testContainers(on: EngineUnderTest = ordinaryEngine()): TestContainers {
  let base: Image | undefined;
  let scope = new Scope();

  withLeftoverCheck(on.engine);
  before(async () => {
    base = await on.engine().images.ensure(on.base());
  });
  afterEach(async () => {
    const ended = scope;
    scope = new Scope();
    await ended[Symbol.asyncDispose]();
  });

  const bench: TestContainers = {
    get engine() {
      return on.engine();
    },

    base() {
      assert.ok(base);
      return base;
    },

    async create(script, changes = {}) {
      const own = { image: bench.base().id, command: ['sh', '-c', script], environment: {}, mounts: [] };
      const container = await bench.engine.containers.create({ ...own, ...changes, labels: { ...testLabels, ...changes.labels } });
      scope.defer(() => container.remove());
      return container;
    },

    start: async (script, changes) => (await bench.create(script, changes)).start(),

    async startUntilReady(script, changes) {
      const container = await bench.create(script, changes);
      let ready = (): void => {};
      const isReady = new Promise<void>((resolve) => {
        ready = resolve;
      });
      await container.attach(({ bytes }) => bytes.includes('ready') && ready());
      const started = await container.start();
      const early = started.exited.then(({ code }) => assert.fail(`ended with ${code} before it was ready`));
      await Promise.race([isReady, early]);
      early.catch(() => {}); // ends later, when the test wants it to
      return started;
    },

    async run(script, changes) {
      const container = await bench.create(script, changes);
      const printed = printedOutput();
      const attachment = await container.attach(printed.add);
      const exit = await (await container.start()).exited;
      await attachment.ended;
      return { exit, stdout: printed.text('stdout'), stderr: printed.text('stderr') };
    },

    image: async (...lines) => scope.use(await temporaryImage(lines, on.engine(), on.base())),

    async network(options = {}) {
      const { id } = await bench.engine.networks.create({ name: uniqueName(), labels: testLabels, ...options });
      scope.defer(() => bench.engine.networks.remove(id));
      return id;
    },

    async volume(mount) {
      const made = await bench.engine.volumes.create({ name: uniqueName(), labels: testLabels, ...(mount && { mount }) });
      scope.defer(() => bench.engine.volumes.remove(made.name));
      return made;
    },

    async directory(files = {}) {
      const { path } = scope.use(await temporaryDirectory());
      for (const [name, content] of Object.entries(files)) {
        await mkdir(join(path, name, '..'), { recursive: true });
        await writeFile(join(path, name), content);
      }
      return path;
    },

    defer: (undo) => scope.defer(undo),
  };
  return bench;
}

/** The one that `npm test` found or started. */
function ordinaryEngine(): EngineUnderTest {
  const engine = testEngine();
  return { engine: () => engine, base: baseImage };
}

export const uniqueName = (): string => `sm-local-test-${randomBytes(6).toString('hex')}`;

/** Gathers output by stream. */
export function printedOutput(): { add(output: Output): void; text(stream: Output['stream']): string } {
  const chunks = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
  return {
    add: ({ stream, bytes }) => void chunks[stream].push(bytes),
    text: (stream) => Buffer.concat(chunks[stream]).toString(),
  };
}

/** The error of the catalogue that `promise` fails with. */
export async function rejectionOf(code: ErrorCode, promise: Promise<unknown>): Promise<SmLocalError> {
  const error = await promise.then(
    () => assert.fail(`${code} expected`),
    (thrown: unknown) => thrown,
  );
  assert.ok(isError(error, code), `${code} expected, not ${error}`);
  return error;
}

export async function eventually(isSo: () => Promise<boolean>, what: string): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (!(await isSo())) {
    assert.ok(Date.now() < deadline, what);
    await sleep(5);
  }
}
