import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, readdir, truncate, writeFile } from 'node:fs/promises';
import http from 'node:http';
import net from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describeTraining, type TrainingRecord } from '../../src/jobs/record.ts';
import { openHome } from '../../src/store/home.ts';
import { Records } from '../../src/store/records.ts';
import { plant } from '../store/tree.ts';
import { type Command, type Place, runCommand, startCommand } from '../support/command.ts';
import { eventually } from '../support/containers.ts';
import { withLeftoverCheck } from '../support/leftovers.ts';
import { baseImage, fixtureImage, fixtureTag, leftOf, projectRoot, testEngine, testLabels } from '../support/real-engine.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../support/temporary-directory.ts';

const run = promisify(execFile);

describe('an interrupt', function () {
  this.timeout(60_000);
  withLeftoverCheck();
  let directory: TemporaryDirectory;
  let place: Place;
  beforeEach(async () => {
    directory = await temporaryDirectory();
    place = { cwd: directory.path, home: join(directory.path, 'home') };
  });
  afterEach(() => directory[Symbol.asyncDispose]());

  const start = async (command: 'train' | 'serve', fixture: string, ...args: string[]): Promise<Command> => {
    await fixtureImage(fixture);
    return startCommand([command, fixtureTag(fixture), '--name', 'it', ...(command === 'serve' ? ['--port', '0'] : []), ...args], place);
  };
  const record = async (): Promise<TrainingRecord | undefined> =>
    await new Records<TrainingRecord>(await openHome(place.home), 'training-job').read('it');
  const statuses = async (): Promise<unknown> => {
    const job = await record();
    return job && describeTraining(job).SecondaryStatusTransitions?.map(({ Status }) => Status);
  };
  const archives = (): Promise<string[]> => readdir(join(place.cwd, 'sm-local-output'), { recursive: true }).catch(() => []);
  /** Nothing in the engine, nothing temporary in home, nothing half in the output directory. */
  const isClean = async (): Promise<boolean> =>
    (await leftOf(place.home)).length === 0 &&
    (await readdir(join(place.home, 'tmp'))).length === 0 &&
    !(await archives()).some((name) => name.includes('.sm-local-'));
  const assertClean = async (): Promise<void> => {
    assert.deepEqual(await leftOf(place.home), []);
    assert.deepEqual(await readdir(join(place.home, 'tmp')), []);
  };

  for (const command of ['train', 'serve', 'clean']) {
    it(`ends ${command} at once while the engine does not answer`, async () => {
      let isAsked = (): void => {};
      const asked = new Promise<void>((resolve) => {
        isAsked = resolve;
      });
      const deaf = net.createServer((socket) => socket.on('error', () => {}).once('data', isAsked));
      await new Promise<void>((resolve) => deaf.listen(join(place.cwd, 'deaf.sock'), resolve));
      const words = command === 'clean' ? [command] : [command, 'image'];
      const running = startCommand([...words, '--engine', `unix://${join(place.cwd, 'deaf.sock')}`], place);
      await asked;
      running.signal('SIGINT');
      if (command === 'clean') {
        await running.until(/What still runs is left to the next command/);
        running.signal('SIGINT');
      }
      const { code, err } = await running.ended;
      deaf.close();
      assert.equal(code, 130);
      if (command !== 'clean') assert.match(err, /Stopping: nothing was started yet\./);
    });
  }

  it('gives up a build, and the engine ends the step that runs', async () => {
    const labels = Object.entries(testLabels).map(([key, value]) => `LABEL ${key}=${value}`);
    await writeFile(join(place.cwd, 'Dockerfile'), [`FROM ${baseImage()}`, ...labels, 'RUN echo begun && sleep 60', ''].join('\n'));
    const running = startCommand(['train', '.'], place);
    await running.until(/build \| begun/);
    running.signal('SIGINT');
    const { code, err } = await running.ended;
    assert.equal(code, 130);
    assert.match(err, /Stopping: the build is given up\./);
    assert.equal(existsSync(join(place.home, 'records/training-job')), false);
    await eventually(async () => (await testEngine().containers.list(testLabels)).length === 0, 'the step of the build goes on');
  });

  for (const workspace of ['bind', 'archive']) {
    it(`in the middle of a channel gives it up, and no program runs, through ${workspace}`, async () => {
      await mkdir(join(place.cwd, 'data'));
      await writeFile(join(place.cwd, 'data/large'), '', { mode: 0o600 }); // which the image's user may not read, so that it is copied
      await truncate(join(place.cwd, 'data/large'), 8_000_000_000);
      const running = await start('train', 'train-nonroot', '--input', 'train=data', '--workspace', workspace, '--json');
      await running.until(/Channel \\"train\\" is copied/);
      running.signal('SIGTERM');
      const { code, err } = await running.ended;
      assert.equal(code, 143);
      assert.match(err, /Stopping: nothing has run yet; what was prepared is removed\./);
      assert.deepEqual(await statuses(), ['Starting', 'Downloading', 'Stopping', 'Stopped']);
      assert.deepEqual(await archives(), []);
      await assertClean();
    });
  }

  it('of a closed terminal gives the program its grace, and exits 129', async () => {
    const running = await start('train', 'train-handles-sigterm');
    await running.until(/algo-1 \| ready/);
    running.signal('SIGHUP');
    assert.equal((await running.ended).code, 129);
    assert.ok((await archives()).includes('it/output/model.tar.gz'));
    await assertClean();
  });

  it('that comes for the third time leaves at once; a process of its own removes what is left', async () => {
    const running = await start('train', 'train-ignores-sigterm', '--json');
    await running.until(/"message":"ready"/);
    for (const text of [/"Stopping"/, /Killing it\./]) {
      running.signal('SIGINT');
      await running.until(text);
    }
    running.signal('SIGINT');
    assert.equal((await running.ended).code, 130);
    await eventually(async () => (await record())?.status === 'Stopped' && (await isClean()), 'something is left');
  });

  it('lets the archives be written, the second one gives them up', async () => {
    const running = await start('train', 'train-large-model', '--env', 'SIZE=8G');
    await running.until(/Uploading/);
    running.signal('SIGINT');
    await running.until(/Ctrl-C again gives them up/);
    running.signal('SIGINT');
    assert.equal((await running.ended).code, 130);
    assert.deepEqual(await statuses(), ['Starting', 'Downloading', 'Training', 'Uploading', 'Stopping', 'Stopped']);
    assert.deepEqual(await archives(), []);
    await assertClean();
  });

  it('that leaves in the middle of an archive leaves no part of it', async () => {
    const running = await start('train', 'train-large-model', '--env', 'SIZE=8G');
    await running.until(/Uploading/);
    await eventually(async () => !(await isClean()) && (await archives()).some((name) => name.includes('.sm-local-')), 'no archive grows');
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) running.signal(signal); // of one kind, they could arrive as one
    await running.ended;
    await eventually(async () => (await record())?.status === 'Stopped' && (await isClean()), 'something is left');
    assert.deepEqual(await archives(), []);
  });

  it('of an endpoint lets requests that are under way end within the grace', async () => {
    const running = await start('serve', 'serve-hang', '--env', 'HANG=0.5', '--env', 'GRACEFUL=1', '--json');
    await running.until(/"status":"InService".*"url"/);
    const url = /"url":"([^"]+)"/.exec(running.output())?.[1] ?? '';
    const answer = post(`${url}/invocations`);
    await running.until(/"message":"invoked"/);
    running.signal('SIGINT');
    assert.equal(await answer, 200);
    assert.equal((await running.ended).code, 0);
    await assertClean();
  });

  it('for the second time cuts the requests that are under way', async () => {
    const running = await start('serve', 'serve-hang', '--env', 'HANG=60', '--env', 'GRACEFUL=1', '--json');
    await running.until(/"status":"InService".*"url"/);
    const url = /"url":"([^"]+)"/.exec(running.output())?.[1] ?? '';
    const answer = post(`${url}/invocations`);
    await running.until(/"message":"invoked"/);
    running.signal('SIGINT');
    await running.until(/"Deleting"/);
    running.signal('SIGINT');
    assert.equal(await answer, 424);
    assert.equal((await running.ended).code, 0);
    await assertClean();
  });

  it('ends an endpoint also while an instance that crashed is being replaced', async () => {
    const running = await start('serve', 'serve-dies-on-request', '--json');
    await running.until(/"status":"InService".*"url"/);
    const url = /"url":"([^"]+)"/.exec(running.output())?.[1] ?? '';
    await post(`${url}/invocations`);
    await running.until(/"what":"exited"/);
    running.signal('SIGINT');
    assert.equal((await running.ended).code, 0);
    await assertClean();
  });

  it('ends a command at once whose reader has stalled', async () => {
    await plant(place.cwd, { log: '1700000000000 o a line that was printed\n'.repeat(20_000) });
    const jobs = new Records<object>(await openHome(place.home), 'training-job');
    await jobs.put('it', { name: 'it', request: {}, transitions: [], metrics: [], files: { logs: { 'algo-1': join(place.cwd, 'log') } } });
    const child = spawn(process.execPath, [join(projectRoot, 'bin/sm-local.js'), 'logs', '-f', 'it', '--home', place.home], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(child.stdout, 'readable'); // and nothing of it is read, so that there is no room for the rest
    child.kill('SIGINT');
    assert.deepEqual(await once(child, 'exit'), [null, 'SIGINT']);
  });

  it('is quiet where output and errors have no reader any more, and the job ends as it should', async () => {
    await fixtureImage('train-noisy');
    const program = `"${process.execPath}" "${projectRoot}/bin/sm-local.js" train ${fixtureTag('train-noisy')} --name it --hp lines=20000`;
    const shown = await run(
      'sh',
      ['-c', `(${program}; echo "$?" > code) 2>&1 | head -n 1; until [ -s code ]; do sleep 0.05; done; cat code`],
      {
        cwd: place.cwd,
        env: { ...process.env, SM_LOCAL_HOME: place.home },
      },
    );
    assert.match(shown.stdout, /^it on algo-1\n0\n$/);
    assert.equal((await record())?.status, 'Completed');
    const all = await runCommand(['logs', 'it'], place);
    assert.equal(all.out.split('\n').filter((line) => /line \d+ of/.test(line)).length, 20_000);
    await assertClean();
  });
});

const post = (url: string): Promise<number> =>
  new Promise((resolve, reject) => {
    const request = http.request(url, { method: 'POST', agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    request.on('error', reject);
    request.end('x');
  });
