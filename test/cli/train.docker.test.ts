import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { openHome } from '../../src/store/home.ts';
import { listStreams } from '../../src/store/log-streams.ts';
import { snapshot } from '../store/tree.ts';
import { type Ended, type Place, runCommand, startCommand } from '../support/command.ts';
import { baseImage, fixtureImage, fixtureTag, leftOf, projectRoot, testEngine } from '../support/real-engine.ts';

describe('sm-local train', function () {
  this.timeout(60_000);
  let place: Place;
  beforeEach(async () => {
    const cwd = await mkdtemp(join(tmpdir(), 'sm-local-cli-'));
    place = { cwd, home: join(cwd, 'home') };
  });
  afterEach(async () => {
    assert.deepEqual(await leftOf(place.home), [], 'nothing is left in the engine');
    if (existsSync(join(place.home, 'tmp'))) assert.deepEqual(await readdir(join(place.home, 'tmp')), [], 'nothing temporary is left');
    await rm(place.cwd, { recursive: true, force: true });
  });

  /** Runs the image of a fixture. */
  async function train(name: string, ...args: string[]): Promise<Ended> {
    await fixtureImage(name);
    return await runCommand(['train', fixtureTag(name), ...args], place);
  }
  const lastEvent = ({ out }: Ended): unknown => JSON.parse(out.trim().split('\n').at(-1) ?? '');
  const data = async (files: Record<string, string>): Promise<string> => {
    await mkdir(join(place.cwd, 'data'), { recursive: true });
    for (const [name, content] of Object.entries(files)) await writeFile(join(place.cwd, 'data', name), content);
    return 'data';
  };

  for (const workspace of ['bind', 'archive']) {
    describe(`through the ${workspace} workspace`, () => {
      const trainThere = (name: string, ...args: string[]): Promise<Ended> => train(name, '--workspace', workspace, ...args);

      it('of an image that succeeds prints Completed and the metrics, and exits 0', async () => {
        const done = await trainThere('train-ok', '--name', 'ok', '--metric', 'loss=loss=([0-9.]+);');
        assert.equal(done.code, 0, done.err);
        assert.match(done.out, /ok {2}Completed/);
        assert.match(done.out, /loss = 0\.25/);
        assert.match(done.err, /algo-1 \| loss=0\.5;/);
        const archive = join(place.cwd, 'sm-local-output/ok/output/model.tar.gz');
        assert.equal(execFileSync('tar', ['xzOf', archive, 'model.txt'], { encoding: 'utf8' }), 'model\n');
      });

      it('of an image that writes a failure file and exits 3 says so exactly, and exits 1', async () => {
        const done = await trainThere('train-exit-3');
        assert.equal(done.code, 1);
        assert.match(done.out, /FailureReason +AlgorithmError: the data has no header, exit code: 3\n/);
        assert.match(done.out, /Last lines of algo-1:\n {2}\| about to fail/);
      });

      it("gives a channel that can be written and leaves the user's files as they were, also below odd names", async () => {
        await mkdir(join(place.cwd, 'a,b:c d'));
        for (const name of ['a.csv', 'b.csv']) await writeFile(join(place.cwd, 'a,b:c d', name), 'original\n');
        const done = await trainThere('train-edits-input', '--input', 'train=a,b:c d');
        assert.equal(done.code, 0, done.err);
        assert.match(done.err, /algo-1 \| a\.csv\nalgo-1 \| c\.csv\n/);
        assert.deepEqual((await readdir(join(place.cwd, 'a,b:c d'))).sort(), ['a.csv', 'b.csv']);
        assert.equal(await readFile(join(place.cwd, 'a,b:c d/a.csv'), 'utf8'), 'original\n');
      });

      it('shows what the image has elsewhere under /opt/ml, and not what it has where the platform mounts', async () => {
        const done = await trainThere('content-under-opt-ml', '--name', 'elsewhere');
        assert.match(done.err, /code of the image is still here/);
        assert.equal(existsSync(join(place.cwd, 'sm-local-output/elsewhere/output/model.tar.gz')), false);
      });

      it('lets a non-root image read its configuration and its channels, private as they are, and write its model', async () => {
        const directory = join(place.cwd, 'data/inner');
        await mkdir(directory, { recursive: true });
        await writeFile(join(directory, 'private.csv'), 'for my eyes only\n');
        await chmod(join(directory, 'private.csv'), 0o600);
        await chmod(directory, 0o700);
        const before = await snapshot(join(place.cwd, 'data'));
        const done = await trainThere('train-nonroot', '--name', 'nonroot', '--input', 'train=data');
        assert.equal(done.code, 0, done.err);
        assert.match(done.err, /algo-1 \| 1000\nalgo-1 \| \{\}\nalgo-1 \| for my eyes only\n/);
        assert.equal(done.err.match(/Channel "train" is copied, because the image runs as user 1000/g)?.length, 1);
        assert.deepEqual(await snapshot(join(place.cwd, 'data')), before);
        assert.ok(existsSync(join(place.cwd, 'sm-local-output/nonroot/output/model.tar.gz')));
      });

      it('archives odd names, modes, links, empty directories and what is closed to others', async () => {
        const done = await trainThere('train-odd-model', '--name', 'odd');
        assert.equal(done.code, 0, done.err);
        const archive = join(place.cwd, 'sm-local-output/odd/output/model.tar.gz');
        const env = { ...process.env, LC_ALL: 'C.UTF-8' };
        const listing = execFileSync('tar', ['tvzf', archive, '--quoting-style=literal'], { encoding: 'utf8', env });
        for (const name of ['empty/', 'sub/deep/file.txt', 'with blank and ü.txt', 'inside', 'sealed/inner/file.txt'])
          assert.ok(listing.includes(` ${name}\n`), `${name}\n${listing}`);
        for (const name of ['run.sh', 'tool']) assert.match(listing, new RegExp(`^-rwxr-xr-x .* ${name}$`, 'm'));
        assert.doesNotMatch(listing, /outside|dangling|fifo/);
        assert.match(done.err, /Warning: .*outside/);
      });

      it('stops on Ctrl-C: SIGTERM, the checkpoint is kept, Stopped, exit code 130', async () => {
        await fixtureImage('train-handles-sigterm');
        const running = startCommand(['train', fixtureTag('train-handles-sigterm'), '--name', 'stopped', '--workspace', workspace], place);
        await running.until(/algo-1 \| ready/);
        running.signal('SIGINT');
        const done = await running.ended;
        assert.equal(done.code, 130);
        assert.match(done.out, /stopped {2}Stopped/);
        const archive = join(place.cwd, 'sm-local-output/stopped/output/model.tar.gz');
        assert.equal(execFileSync('tar', ['xzOf', archive, 'checkpoint.txt'], { encoding: 'utf8' }), 'saved on SIGTERM');
      });
    });
  }

  it('cuts a long failure file so that the whole reason has 1024 characters', async () => {
    const done = await train('train-long-failure', '--json');
    const { FailureReason } = (lastEvent(done) as { describe: { FailureReason: string } }).describe;
    assert.equal(FailureReason.length, 1024);
    assert.match(FailureReason, /^AlgorithmError: €+, exit code: 1$/);
  });

  it('of an image without a program is Failed with the words of the engine, and exits 1', async () => {
    const done = await train('no-train');
    assert.equal(done.code, 1);
    assert.match(done.out, /AlgorithmError: , exit code: 127/);
    assert.match(done.out, /exec: "train": executable file not found in \$PATH/);
    assert.match(done.out, /give it an executable "train" on PATH/);
  });

  it('of a program without its executable bit says so, and not that there is none', async () => {
    const done = await train('train-not-executable');
    assert.equal(done.code, 1);
    assert.match(done.out, /\/usr\/local\/bin\/train is in the image, but lacks its executable bit\. Set it: chmod \+x /);
    assert.doesNotMatch(done.out, /give it an executable/);
  });

  it('of an entrypoint that may not be executed is Failed with exit code 126 in the reason', async () => {
    const done = await train('train-not-executable', '--entrypoint', '/usr/local/bin/train');
    assert.match(done.out, /AlgorithmError: , exit code: 126/);
    assert.match(done.out, /permission denied/);
  });

  it('of a request in a file runs its image as it says, with the flags on top', async () => {
    await fixtureImage('train-ok');
    const request = {
      TrainingJobName: 'from-file',
      RoleArn: 'arn:aws:iam::123456789012:role/mine',
      AlgorithmSpecification: { TrainingImage: fixtureTag('train-ok'), TrainingInputMode: 'File' },
      HyperParameters: { epochs: '1', depth: '2' },
      InputDataConfig: [
        { ChannelName: 'train', ContentType: 'text/csv', DataSource: { S3DataSource: { S3DataType: 'S3Prefix', S3Uri: 's3://b/p/' } } },
      ],
      OutputDataConfig: { S3OutputPath: 's3://bucket/output' },
      ResourceConfig: { InstanceType: 'ml.m5.xlarge', InstanceCount: 1, VolumeSizeInGB: 30 },
      Tags: [{ Key: 'team', Value: 'a' }],
    };
    await writeFile(join(place.cwd, 'request.json'), JSON.stringify(request));
    const flags = ['-i', `train=${await data({ 'a.csv': '1' })}`, '--hp', 'epochs=9', '--output', 'out'];
    const done = await runCommand(['train', '-f', 'request.json', ...flags, '--json'], place);
    assert.equal(done.code, 0, done.out + done.err);
    const { describe: described } = lastEvent(done) as { describe: Record<string, unknown> };
    assert.equal(described.TrainingJobName, 'from-file');
    assert.equal(described.RoleArn, request.RoleArn);
    assert.deepEqual(described.HyperParameters, { epochs: '9', depth: '2' });
    assert.deepEqual(described.ResourceConfig, request.ResourceConfig);
    assert.ok(existsSync(join(place.cwd, 'out/from-file/output/model.tar.gz')));
    assert.match(done.out, /"message":"Stored, but without effect here: ResourceConfig\.VolumeSizeInGB, Tags\."/);
  });

  it('with --json prints events only, the result last, in the words of DescribeTrainingJob', async () => {
    const done = await train('train-ok', '--name', 'events', '--json', '--metric', 'loss=loss=([0-9.]+);');
    const events = done.out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { time: string; event: string; message?: string });
    assert.deepEqual(
      events.filter(({ event }) => event === 'error' || event === 'warning'),
      [],
    );
    assert.ok(events.every(({ time }) => !Number.isNaN(Date.parse(time))));
    assert.deepEqual([...new Set(events.map(({ event }) => event))].sort(), ['log', 'metric', 'plan', 'result', 'status']);
    const result = events.at(-1) as unknown as {
      event: string;
      describe: { TrainingJobStatus: string; FinalMetricDataList: unknown[] };
      files: { model: string };
    };
    assert.deepEqual([result.event, result.describe.TrainingJobStatus], ['result', 'Completed']);
    assert.equal(result.describe.FinalMetricDataList.length, 1);
    assert.ok(existsSync(result.files.model));
  });

  it('tells an address of each change of its status', async () => {
    const told: string[] = [];
    const server = createServer(async (request, response) => {
      told.push(JSON.parse(await text(request)).detail.SecondaryStatus);
      response.end();
    }).listen(0, '127.0.0.1');
    try {
      await once(server, 'listening');
      const done = await train('train-noop', '--hook', `http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
      assert.equal(done.code, 0, done.err);
      assert.deepEqual(told, ['Starting', 'Downloading', 'Training', 'Uploading', 'Completed']);
    } finally {
      server.close();
    }
  });

  it('takes a single file as a channel', async () => {
    await data({ 'a.csv': 'one\n', 'other.csv': 'not this\n' });
    const done = await train('train-edits-input', '--input', 'train=data/a.csv');
    assert.match(done.err, /algo-1 \| a\.csv\nalgo-1 \| c\.csv\n/);
    assert.equal(await readFile(join(place.cwd, 'data/a.csv'), 'utf8'), 'one\n');
  });

  it('keeps the entrypoint of the image and replaces its command by train, or by what is asked for', async () => {
    assert.match((await train('train-entrypoint')).err, /ARGV \["fixed", "train"\]/);
    assert.match((await train('train-entrypoint', '--args', 'a,b')).err, /ARGV \["fixed", "a", "b"\]/);
    assert.match((await train('train-entrypoint', '--entrypoint', '/entry,own')).err, /ARGV \["own"\]/);
  });

  it('kills on the second Ctrl-C what ignores SIGTERM', async () => {
    await fixtureImage('train-ignores-sigterm');
    const running = startCommand(['train', fixtureTag('train-ignores-sigterm')], place);
    await running.until(/algo-1 \| ready/);
    running.signal('SIGINT');
    await running.until(/Stopping {5}Stopping the training job/);
    running.signal('SIGINT');
    assert.equal((await running.ended).code, 130);
  });

  it('kills after the grace what ignores SIGTERM when its time is up', async () => {
    const done = await train('train-ignores-sigterm', '--max-run', '500ms', '--limit', 'stop-grace=300ms');
    assert.equal(done.code, 1);
    assert.match(done.out, /Stopped \(MaxRuntimeExceeded\)/);
  });

  it('ends on SIGTERM as on Ctrl-C, with exit code 143', async () => {
    await fixtureImage('train-handles-sigterm');
    const running = startCommand(['train', fixtureTag('train-handles-sigterm')], place);
    await running.until(/algo-1 \| ready/);
    running.signal('SIGTERM');
    assert.equal((await running.ended).code, 143);
  });

  it('loses no line of a noisy image and is not stopped by a reader that has gone', async () => {
    const done = await train('train-noisy', '--name', 'noisy', '--hp', 'lines=20000', '--metric', 'value=value=(\\d+);', '--json');
    assert.equal(done.out.split('\n').filter((line) => line.includes('"event":"log"')).length, 20_000);
    const head = execFileSync(
      'sh',
      [
        '-c',
        `"${process.execPath}" "${projectRoot}/bin/sm-local.js" train ${fixtureTag('train-noisy')} --name gone --hp lines=20000 --json | head -n 1`,
      ],
      { cwd: place.cwd, env: { ...process.env, SM_LOCAL_HOME: place.home }, encoding: 'utf8' },
    );
    assert.match(head, /"event":"plan"/);
    const { logs } = await openHome(place.home);
    const [stream] = (await listStreams(logs, '/aws/sagemaker/TrainingJobs', 'gone/algo-1-')) ?? [];
    assert.match(await readFile(stream?.path ?? '', 'utf8'), /line 19999 of 20000/);
  });

  it('builds a directory first, with build arguments also from the environment', async () => {
    const args = ['train', join(projectRoot, 'fixtures/images/train-ok'), '--build-arg', 'BASE_IMAGE', '--name', 'built'];
    const done = await runCommand(args, { ...place, env: { BASE_IMAGE: baseImage() } });
    assert.equal(done.code, 0, done.err);
    await testEngine().images.remove('sm-local/train-ok:latest');
  });

  it('says which build argument helps when the base image cannot be pulled', async () => {
    await writeFile(join(place.cwd, 'Dockerfile'), 'ARG BASE_IMAGE=sm-local-nowhere.invalid/base:1\nFROM $BASE_IMAGE\n');
    const done = await runCommand(['train', '.'], place);
    assert.equal(done.code, 3); // it is not the image's fault
    assert.match(done.err, /--build-arg BASE_IMAGE=<image>/);
  });

  it('shows the step that fails', async () => {
    await writeFile(join(place.cwd, 'Dockerfile'), `FROM ${baseImage()}\nRUN echo before && false\n`);
    const done = await runCommand(['train', '.'], place);
    assert.equal(done.code, 1);
    assert.match(done.err, /before[\s\S]*ended with exit code 1/);
  });

  describe('refuses, starts nothing and exits 2:', () => {
    const cases: readonly (readonly [what: string, args: readonly string[], message: RegExp])[] = [
      ['no image', [], /needs an image/],
      ['an unknown flag', ['image', '--foo'], /train has no flag --foo/],
      ['a missing channel directory', ['image', '--input', 'train=nowhere'], /Channel "train": there is no file or directory .*\/nowhere/],
      ['an empty channel directory', ['image', '--input', 'train=empty'], /No S3 objects found under S3 URL/],
      ['a bad job name', ['image', '--name', 'bad name'], /Value 'bad name' at 'trainingJobName' failed to satisfy constraint/],
      ['a channel without a name', ['image', '--input', 'data'], /--input data/],
      ['two channels of one name', ['image', '--input', 'a=empty/..', '--input', 'a=empty/..'], /a/],
      ['a limit that does not exist', ['image', '--limit', 'pong=1'], /There is no limit "pong"/],
      ['a time that is none', ['image', '--max-run', 'soon'], /soon/],
      ['a broken regular expression', ['image', '--metric', 'loss=('], /loss/],
      ['an S3 address', ['image', '--input', 'train=s3://bucket/data'], /s3:\/\/bucket\/data/],
    ];
    for (const [what, args, message] of cases) {
      it(what, async () => {
        await mkdir(join(place.cwd, 'empty'));
        const done = await runCommand(['train', ...args], place);
        assert.match(done.err, message);
        assert.equal(done.code, 2);
        assert.equal(existsSync(join(place.home, 'records/training-job')), false);
      });
    }
  });

  it('without an engine exits 3 and says where it looked', async () => {
    const done = await runCommand(['train', 'image', '--engine', `unix://${join(place.cwd, 'none.sock')}`], place);
    assert.equal(done.code, 3);
    assert.match(done.err, /^Error: No container engine answers at unix:\/\/.*none\.sock \(--engine\)\./);
  });

  it('of an image that is nowhere exits 3 and says what to do', async () => {
    const done = await runCommand(['train', 'sm-local-nowhere.invalid/image:1'], place);
    assert.equal(done.code, 3);
    assert.match(done.err, /is not on this engine, and the engine cannot reach the registry sm-local-nowhere\.invalid/);
  });

  it('with --dry-run prints the plan and creates nothing', async () => {
    const done = await train('train-ok', '--dry-run', '--hp', 'epochs=3', '--input', `train=${await data({ 'a.csv': '1' })}`);
    assert.equal(done.code, 0);
    assert.match(done.out, /\{"epochs":"3"\}/);
    assert.match(done.out, /Nothing was created/);
    assert.equal(existsSync(join(place.cwd, 'sm-local-output')), false);
  });
});
