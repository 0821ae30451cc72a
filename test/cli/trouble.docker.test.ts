import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../store/commands.ts';
import { type Ended, type Place, runCommand, startCommand } from '../support/command.ts';
import { withLeftoverCheck } from '../support/leftovers.ts';
import { sayNotRun } from '../support/private-engine.ts';
import { fixtureImage, fixtureTag, leftOf } from '../support/real-engine.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../support/temporary-directory.ts';

describe('trouble on the user’s disk', function () {
  this.timeout(60_000);
  withLeftoverCheck();
  let directory: TemporaryDirectory;
  let place: Place;
  beforeEach(async () => {
    directory = await temporaryDirectory();
    place = { cwd: directory.path, home: join(directory.path, 'home') };
  });
  afterEach(() => directory[Symbol.asyncDispose]());

  const typed = (line: string, env: Place['env'] = {}): Promise<Ended> => runCommand(line.split(' '), { ...place, env });
  const described = async (name: string): Promise<Record<string, string>> => JSON.parse((await typed(`describe ${name}`)).out);
  const everyCommand = ['ls', 'describe it', 'logs it', 'stop it', 'clean', 'train image', 'serve image', 'invoke --body x'];

  it('every command says what is wrong with a home that cannot be one', async () => {
    await writeFile(join(place.cwd, 'file'), '');
    const none = await typed('ls --home file');
    assert.match(none.err, /^Error: Could not read .*\/file\/format: not a directory\n/);
    assert.equal(none.code, 3);
    await mkdir(join(place.cwd, 'newer'));
    await writeFile(join(place.cwd, 'newer/format'), '99\n');
    for (const { err, code } of await Promise.all(everyCommand.map((line) => typed(`${line} --home newer`)))) {
      assert.match(err, /^Error: .*\/newer was written by a newer sm-local \(format 99; this one knows \d\)\.\n/);
      assert.equal(code, 2);
    }
    assert.deepEqual(await readdir(join(place.cwd, 'newer')), ['format']);
  });

  it('a home of which somebody removed parts is made whole', async () => {
    await typed('ls');
    for (const part of ['owners', 'tmp', 'records', 'models', 'logs']) await rm(join(place.home, part), { recursive: true });
    const { code, out } = await typed('clean');
    assert.match(out, /^Removed: 0 containers, .* 0 volumes, 0 temporary directories\.\n$/);
    assert.equal(code, 0);
  });

  it('a flag without its value, and a path that is empty, are wrong usage', async () => {
    const done = await typed('train image --checkpoints');
    assert.deepEqual([done.code, /^Error: --checkpoints needs a value: DIR\|URI\.$/m.test(done.err)], [2, true], done.err);
    const empty = await typed('train image --checkpoints=');
    assert.deepEqual([empty.code, /^Error: A path is empty/m.test(empty.err)], [2, true], empty.err);
  });

  it('an output directory that cannot be one is told before anything runs', async () => {
    await writeFile(join(place.cwd, 'file'), '');
    const done = await typed('train image --output file');
    assert.equal(done.code, 3);
    assert.match(done.err, /Could not write to .*\/file\/.*: not a directory/);
    assert.match(
      (await typed('train image --output s3://bucket/x')).err,
      /^Error: OutputDataConfig\.S3OutputPath: The specified bucket does not exist: bucket\.$/m,
    );
  });

  it('a record that was cut by hand is told, and what its job left stays until it is mended or removed', async () => {
    await fixtureImage('train-handles-sigterm');
    const job = startCommand(['train', fixtureTag('train-handles-sigterm'), '--name', 'it'], place);
    await job.until(/\| ready/);
    job.signal('SIGKILL');
    await job.ended;
    const record = join(place.home, 'records/training-job/it.json');
    const whole = await readFile(record, 'utf8');
    await truncate(record, Math.floor((await stat(record)).size / 2));

    const broken = new RegExp(`The record ${record} is not whole: .*\\nPut the file right, or remove it`);
    for (const line of ['describe it', 'logs it', 'stop it', 'serve image --model it']) {
      const { code, err } = await typed(line);
      assert.match(err, broken);
      assert.equal(code, 3);
    }
    for (const line of ['ls', 'clean']) {
      const { code, err } = await typed(line);
      assert.match(err, broken);
      assert.equal(code, 0);
    }
    assert.equal((await typed(`train ${fixtureTag('train-handles-sigterm')} --name it`)).code, 2);
    assert.equal((await leftOf(place.home)).length, 1);
    assert.equal((await readdir(join(place.home, 'tmp'))).length, 1);

    await writeFile(record, whole);
    assert.equal((await typed('stop it')).out, 'it Stopped\n');
    assert.deepEqual(await leftOf(place.home), []);
  });

  const canMount = process.platform === 'linux' && process.getuid?.() === 0;
  if (!canMount) sayNotRun('full disks', 'it takes root on Linux to make one');
  else {
    describe('that is full', () => {
      let small: string;
      const fill = (): Promise<unknown> => run('sh', '-c', `head -c 10m /dev/zero > "${small}/filler" 2> /dev/null || true`);
      beforeEach(async () => {
        small = join(place.cwd, 'small');
        await mkdir(small);
        await run('mount', '-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', small);
        place = { ...place, home: join(small, 'home') };
        await typed('ls');
      });
      afterEach(() => run('umount', small));

      it('nothing is begun', async () => {
        await Promise.all([fixtureImage('train-ok'), fixtureImage('serve-echo')]);
        const commands = [`train ${fixtureTag('train-ok')}`, `serve ${fixtureTag('serve-echo')} --port 0`];
        // What the engine makes of files is known to a home, and need not be found out now.
        assert.equal((await typed(`${commands[0]} --output ${place.cwd}/out`)).code, 0);
        await fill();
        for (const { code, err } of await Promise.all(commands.map((line) => typed(line)))) {
          assert.match(err, /Could not write .*\/records\/.*: no space left on device/);
          assert.equal(code, 3);
        }
        assert.deepEqual(await leftOf(place.home), []);
      });

      for (const [workspace, count] of [
        ['archive', 110], // so many lines that they do not fit into what is left of the log's last page
        ['bind', 40],
      ] as const) {
        it(`in mid-job: the container goes on, and the next command sees the job to its end, through ${workspace}`, async () => {
          await fixtureImage('counts');
          const words = ['--workspace', workspace, '--output', join(place.cwd, 'out'), '--env', `LINES=${count}`];
          const job = startCommand(['train', fixtureTag('counts'), '--name', 'it', ...words], place);
          await job.until(/out 5/);
          await fill();
          const { code, err } = await job.ended;
          if (count > 40) assert.match(err, /Warning: The log is not whole: .*: no space left on device/);
          assert.match(err, /Warning: The job is not over: the next train, serve, stop or clean goes on with it/);
          assert.equal(code, 3);

          await rm(join(small, 'filler'));
          assert.equal((await typed('clean')).code, 0);
          assert.equal((await described('it')).TrainingJobStatus, 'Completed');
          const lines = (await typed('logs it')).out.split('\n').filter((line) => line.startsWith('out '));
          assert.deepEqual(
            lines,
            Array.from({ length: count }, (_, index) => `out ${index}`),
          );
          assert.ok(existsSync(join(place.cwd, 'out/it/output/model.tar.gz')));
          assert.deepEqual(await leftOf(place.home), []);
        });
      }

      it('where the archives go: the job is Failed, and what it left is kept as long as its record', async () => {
        place = { ...place, home: join(place.cwd, 'home') };
        await fixtureImage('train-ok');
        await fill();
        const done = await typed(`train ${fixtureTag('train-ok')} --name it --output ${small}/out`);
        assert.equal(done.code, 3);
        const [, kept = ''] = /What it left is kept in (.*)\.\n/.exec(done.err) ?? [];
        assert.match((await described('it')).FailureReason ?? '', /^ClientError: Artifact upload failed:.*no space left on device/);
        assert.equal((await typed('clean')).code, 0);
        assert.equal(execFileSync('tar', ['-cO', '-C', join(kept, 'model'), 'model.txt'], { encoding: 'utf8' }).includes('model\n'), true);
        assert.deepEqual(await readdir(join(small, 'out')), []);
      });
    });
  }
});
