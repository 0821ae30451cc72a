import assert from 'node:assert/strict';
import { mkdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { LogFile } from '../../src/store/log-file.ts';
import { groupDirectory, groupOf, instanceLogFile, jobLogFile, metricFile } from '../../src/store/log-names.ts';
import { findStream, listGroups, listStreams } from '../../src/store/log-streams.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { plant } from './tree.ts';

describe('log streams', () => {
  let logs: string;
  let scope: AsyncDisposable;

  beforeEach(async () => {
    const directory = await temporaryDirectory();
    scope = directory;
    logs = join(directory.path, 'logs');
  });
  afterEach(() => scope[Symbol.asyncDispose]());

  const training = '/aws/sagemaker/TrainingJobs';
  const names = async (group: string, prefix?: string): Promise<string[] | undefined> =>
    (await listStreams(logs, group, prefix))?.map(({ name }) => name);
  async function write(path: string, ...times: readonly number[]): Promise<void> {
    await mkdir(dirname(path), { recursive: true });
    await using log = await LogFile.create(path);
    for (const time of times) log.append('stdout', Buffer.from('line\n'), time);
  }

  it('of a job are named after it, its hosts, and the second in which it began', async () => {
    const begun = new Date('2023-04-03T15:20:38.900Z');
    for (const host of ['algo-1', 'algo-2'])
      await write(jobLogFile(logs, 'training-jobs', 'demo', host, begun), 1_680_535_240_123, 1_680_535_241_000);
    await write(jobLogFile(logs, 'training-jobs', 'demo-2', 'algo-1', begun));
    await plant(logs, { 'training-jobs/demo/metrics.points': '[]\n', 'training-jobs/demo/.hidden.log': '' });
    assert.equal(metricFile(logs, 'training-jobs', 'demo'), join(logs, 'training-jobs/demo/metrics.points'));
    assert.deepEqual(listGroups(logs), [training]);
    assert.deepEqual(await names(training, 'demo/'), ['demo/algo-1-1680535238', 'demo/algo-2-1680535238']);
    assert.deepEqual(await names(training), ['demo-2/algo-1-1680535238', 'demo/algo-1-1680535238', 'demo/algo-2-1680535238']);
    assert.deepEqual(await names(training, 'demo/algo-2'), ['demo/algo-2-1680535238']);
    assert.deepEqual(await names(training, 'none'), []);
    const stream = await findStream(logs, training, 'demo/algo-1-1680535238');
    assert.deepEqual(
      [stream?.path, stream?.firstEvent, stream?.lastEvent, stream?.bytes],
      [join(logs, 'training-jobs/demo/algo-1-1680535238.log'), 1_680_535_240_123, 1_680_535_241_000, 42],
    );
    const empty = await findStream(logs, training, 'demo-2/algo-1-1680535238');
    assert.deepEqual([empty?.firstEvent, empty?.lastEvent, empty?.bytes], [undefined, undefined, 0]);
    assert.ok((empty?.created ?? 0) > 0);
  });

  it('that were begun before their files said the second have that of their first line', async () => {
    await plant(logs, { 'training-jobs/old/algo-1.log': '1690000000500 c abc\n1690000001000 o line\n' });
    assert.deepEqual(await names(training), ['old/algo-1-1690000000']);
    assert.equal((await findStream(logs, training, 'old/algo-1-1690000000'))?.firstEvent, 1_690_000_001_000);
  });

  it('of an endpoint are in a group of their own, named after variant and instance', async () => {
    await write(instanceLogFile(logs, 'iris', 'AllTraffic', 'i-0123'), 1_700_000_000_000);
    await write(instanceLogFile(logs, 'other', 'v2', 'i-9'), 1_700_000_000_000);
    assert.deepEqual(listGroups(logs), ['/aws/sagemaker/Endpoints/iris', '/aws/sagemaker/Endpoints/other']);
    assert.deepEqual(await names('/aws/sagemaker/Endpoints/iris', 'AllTraffic/'), ['AllTraffic/i-0123']);
    assert.deepEqual(await names('/aws/sagemaker/Endpoints/none'), undefined);
  });

  it('are nowhere else, whatever is asked for', async () => {
    await plant(logs, { 'training-jobs/a/algo-1-1700000000.log': '', 'secret/x/y.log': '', 'endpoints/e/v/i.log': '' });
    for (const group of [
      '/aws/sagemaker/Endpoints/..',
      '/aws/sagemaker/Endpoints/e/v',
      '/aws/sagemaker/Endpoints/',
      'secret',
      '',
      'constructor',
    ]) {
      assert.equal(await listStreams(logs, group), undefined, group);
    }
    for (const name of ['../../secret/x/y', '../a/algo-1-1700000000', 'a/../a/algo-1-1700000000', 'a', '']) {
      assert.equal(await findStream(logs, training, name), undefined, name);
    }
    assert.deepEqual(listGroups(logs), ['/aws/sagemaker/Endpoints/e', training]);
    await rm(logs, { recursive: true });
    assert.deepEqual(listGroups(logs), []);
    assert.equal(await listStreams(logs, training), undefined);
  });

  it('have directories that tell their groups', () => {
    for (const group of [training, '/aws/sagemaker/ProcessingJobs', '/aws/sagemaker/TransformJobs', '/aws/sagemaker/Endpoints/a-b.c']) {
      assert.equal(groupOf(groupDirectory(group)?.replaceAll('\\', '/') ?? ''), group);
    }
    for (const directory of ['endpoints', 'training-jobs/a', 'endpoints/a/b', 'other', ''])
      assert.equal(groupOf(directory), undefined, directory);
  });
});
