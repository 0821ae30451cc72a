import assert from 'node:assert/strict';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Emulator, openEmulator } from '../../src/emulator.ts';
import type { EndpointRecord } from '../../src/hosting/record.ts';
import { newRecord, type TrainingRecord } from '../../src/jobs/record.ts';
import { removeOld } from '../../src/upkeep/remove-old.ts';
import { FakeEngine, type FakeImage } from '../support/fake-engine.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../support/temporary-directory.ts';

const day = 86_400_000;
const now = Date.now();
const before = new Date(now - 7 * day);

describe('what clean --older-than removes', () => {
  let directory: TemporaryDirectory;
  beforeEach(async () => {
    directory = await temporaryDirectory();
  });
  afterEach(() => directory[Symbol.asyncDispose]());

  /** An image that was built of a directory so many days ago, unless something else is said of it. */
  const image = (days: number, changes: Partial<FakeImage> = {}): FakeImage => ({
    program: () => 0,
    labels: { 'sm-local.kind': 'image' },
    ...changes,
    listed: { builtAt: now - days * day, ...changes.listed },
  });
  async function opened(
    images: Readonly<Record<string, FakeImage>>,
  ): Promise<{ readonly emulator: Emulator; readonly engine: FakeEngine }> {
    const engine = new FakeEngine({ images });
    return { engine, emulator: await openEmulator({ home: directory.path, engine }) };
  }
  const isThere = async (engine: FakeEngine, reference: string): Promise<boolean> => (await engine.images.inspect(reference)) !== undefined;
  const record = (name: string, imageId: string, endTime?: Date): TrainingRecord => ({
    ...newRecord({
      name,
      arn: name,
      request: {} as never,
      imageId,
      owner: 'gone',
      run: { label: 'gone', options: { stopGrace: 1 } },
      now: before,
    }),
    ...(endTime && { endTime: endTime.toISOString() }),
  });
  const put = (emulator: Emulator, each: TrainingRecord): Promise<void> => emulator.trainingJobs.put(each.name, each);

  it('are images that were built of directories before, also those that lost their name to a later build', async () => {
    const { emulator, engine } = await opened({
      'sm-local/old:latest': image(8),
      'sm-local/young:latest': image(6),
      'lost-its-name': image(8, { listed: { references: [] } }),
      'localhost/sm-local/of-podman:latest': image(8),
    });
    assert.equal((await removeOld([emulator], before)).images, 3);
    assert.equal(await isThere(engine, 'sm-local/young:latest'), true);
    assert.equal(await isThere(engine, 'sm-local/old:latest'), false);
  });

  it('are no images that anybody may want: of another name too, without our label, of a container, of a record that stays', async () => {
    const { emulator, engine } = await opened({
      'sm-local-test/fixture:1': image(8),
      'sm-local/named:latest': image(8, { listed: { references: ['sm-local/named:latest', 'mine:1'] } }),
      'sm-local/pushed:latest': image(8, {
        listed: { references: ['sm-local/pushed:latest', `registry.example/mine@sha256:${'a'.repeat(64)}`] },
      }),
      'sm-local/of-somebody:latest': image(8, { labels: {} }),
      'sm-local/in-container:latest': image(8),
      'sm-local/in-record:latest': image(8),
      'sm-local/of-the-past:latest': image(8),
    });
    const idOf = async (reference: string): Promise<string> => (await engine.images.inspect(reference))?.id ?? '';
    const container = await engine.containers.create({
      image: await idOf('sm-local/in-container:latest'),
      ...{ command: [], environment: {}, labels: {}, mounts: [] },
    });
    await put(emulator, record('young', await idOf('sm-local/in-record:latest'), new Date(now)));
    await put(emulator, record('old', await idOf('sm-local/of-the-past:latest'), new Date(now - 8 * day)));
    assert.deepEqual(await removeOld([emulator], before), { jobs: 1, models: 0, images: 1 });
    assert.equal(await isThere(engine, 'sm-local/of-the-past:latest'), false);
    await container.remove();
  });

  it('are no images as long as a record cannot be read, which may need one', async () => {
    const { emulator } = await opened({ 'sm-local/old:latest': image(8) });
    await put(emulator, record('cut', 'sha256:1'));
    await writeFile(emulator.trainingJobs.pathOf('cut'), '{"name": ');
    assert.equal((await removeOld([emulator], before)).images, 0);
  });

  it('are records of what ended before, with their logs and with what could not be archived', async () => {
    const { emulator } = await opened({});
    const kept = (name: string): string => join(emulator.home.tmp, `gone.${name}-123456`);
    for (const [name, endTime] of [
      ['old', new Date(now - 8 * day)],
      ['young', new Date(now)],
    ] as const) {
      await mkdir(join(emulator.home.logs, 'training-jobs', name), { recursive: true });
      await mkdir(join(kept(name), 'algo-1/model'), { recursive: true });
      const { run, ...rest } = record(name, 'sha256:1', endTime);
      await put(emulator, { ...rest, run: { ...run, scratch: kept(name) }, files: { logs: {}, collected: join(kept(name), 'algo-1') } });
    }
    await put(emulator, record('unfinished', 'sha256:1'));
    assert.equal((await removeOld([emulator], before)).jobs, 1);
    assert.deepEqual(await readdir(join(emulator.home.logs, 'training-jobs')), ['young']);
    assert.deepEqual(await readdir(emulator.home.tmp), ['gone.young-123456']);
    assert.deepEqual(
      (await emulator.trainingJobs.list()).records.map(({ name }) => name),
      ['unfinished', 'young'],
    );
  });

  it('are models that no endpoint reads, as records of now and of older versions say', async () => {
    const { emulator } = await opened({});
    const at = (name: string): string => join(emulator.home.models, name);
    for (const name of ['first', 'second', 'of-the-past', 'unused']) await mkdir(at(name));
    const endpoint = (name: string, run: object) =>
      emulator.endpoints.put(name, {
        name,
        imageId: 'sha256:1',
        run: { label: 'gone', stopGrace: 1, logs: {}, ...run },
      } as unknown as EndpointRecord);
    await endpoint('now', { models: [at('first'), at('second')] });
    await endpoint('past', { model: at('of-the-past') });
    assert.equal((await removeOld([emulator], new Date(Date.now() + day))).models, 1);
    assert.deepEqual(await readdir(emulator.home.models), ['first', 'of-the-past', 'second']);
  });
});
