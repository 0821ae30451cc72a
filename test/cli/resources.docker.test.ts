import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Command, type Ended, type Place, runCommand, startCommand } from '../support/command.ts';
import { withLeftoverCheck } from '../support/leftovers.ts';
import { fixtureImage, fixtureTag, leftOf } from '../support/real-engine.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../support/temporary-directory.ts';

describe('jobs and endpoints from another terminal', function () {
  this.timeout(60_000);
  withLeftoverCheck();
  let directory: TemporaryDirectory;
  let place: Place;
  let running: Command[];
  beforeEach(async () => {
    directory = await temporaryDirectory();
    place = { cwd: directory.path, home: join(directory.path, 'home') };
    running = [];
  });
  afterEach(async () => {
    for (const command of running) command.signal('SIGINT');
    await Promise.all(running.map(({ ended }) => ended));
    assert.deepEqual(await leftOf(place.home), []);
    await directory[Symbol.asyncDispose]();
  });

  async function start(command: 'train' | 'serve', fixture: string, name: string, ...args: string[]): Promise<Command> {
    await fixtureImage(fixture);
    const port = command === 'serve' ? ['--port', '0'] : [];
    const started = startCommand([command, fixtureTag(fixture), '--name', name, ...port, ...args], place);
    running.push(started);
    return started;
  }
  /** As typed elsewhere. */
  const typed = (line: string): Promise<Ended> => runCommand(line.split(' '), place);
  const refused = async (line: string, message: RegExp): Promise<void> => {
    const { code, err } = await typed(line);
    assert.match(err, message);
    assert.equal(code, 2);
  };

  it('are told apart by kind and name, or by a name that one thing alone has', async () => {
    const [job, endpoint] = [await start('train', 'train-handles-sigterm', 'it'), await start('serve', 'serve-echo', 'it')];
    await Promise.all([job.until(/\| ready/), endpoint.until(/InService/)]);

    const several = /"it" is the name of more than one thing: training-job, endpoint\.\nWrite the kind in front of the name\./;
    await Promise.all([
      ...['describe it', 'logs it', 'logs -f it', 'stop it'].map((command) => refused(command, several)),
      refused('describe endpoint itt', /Could not find an endpoint called "itt"\.\nDid you mean it\?/),
      refused('describe trainingjob it', /There is no kind "trainingjob"\.\nDid you mean training-job\?/),
    ]);
    const lines = ['describe training-job it', 'describe Endpoints it', 'logs training-jobs it', 'invoke it --body 1,2', 'ls'];
    const [ofJob = '', ofEndpoint = '', log, answer = '', listed = ''] = (await Promise.all(lines.map(typed))).map(({ out }) => out);
    assert.equal(JSON.parse(ofJob).TrainingJobStatus, 'InProgress');
    assert.equal(JSON.parse(ofEndpoint).EndpointStatus, 'InService');
    assert.equal(log, 'ready\n');
    assert.equal(JSON.parse(answer).body, '1,2');
    assert.match(listed, /endpoint {6}it {4}InService/);
    assert.match(listed, /training-job {2}it {4}InProgress\/Training/);

    const ended = await typed('stop endpoint it');
    assert.deepEqual([ended.code, ended.out], [0, 'it Deleted\n']);
    assert.equal((await endpoint.ended).code, 0);
    await refused('invoke it --body x', /Could not find a running endpoint called "it"/);

    const stopped = await typed('stop it');
    assert.deepEqual([stopped.code, stopped.out], [0, 'it Stopped\n']);
    assert.equal((await job.ended).code, 1);
    assert.ok(existsSync(join(place.cwd, 'sm-local-output/it/output/model.tar.gz')), 'its checkpoint is kept');
    await refused('stop it', /The request was rejected because the training job is in status Stopped\./);
    await refused('describe ti', /Could not find a job or endpoint called "ti"/);
  });

  it('are stopped without the grace with --now, also when they are being stopped; Ctrl-C ends only the waiting', async () => {
    const job = await start('train', 'train-ignores-sigterm', 'it');
    await job.until(/\| ready/);
    const waiting = startCommand(['stop', 'it'], place);
    await job.until(/Stopping the training job/);
    waiting.signal('SIGINT');
    assert.equal((await waiting.ended).code, 130);
    assert.equal(JSON.parse((await typed('describe it')).out).SecondaryStatus, 'Stopping');
    assert.equal((await typed('stop it --now')).out, 'it Stopped\n');
    assert.equal((await job.ended).code, 1);
  });

  it('are stopped also where their process is gone, with the grace', async () => {
    const job = await start('train', 'train-handles-sigterm', 'it');
    await job.until(/\| ready/);
    job.signal('SIGKILL');
    await job.ended;
    assert.match((await typed('describe it')).err, /The process of training-job it is gone/);
    assert.equal((await typed('stop it')).out, 'it Stopped\n');
    assert.ok(existsSync(join(place.cwd, 'sm-local-output/it/output/model.tar.gz')), 'its checkpoint is kept');
  });

  it('are followed to their end, also when another process goes on with them: every line once', async () => {
    const job = await start('train', 'counts', 'it', '--env', 'LINES=60');
    await job.until(/out 5/);
    const [early, json] = [startCommand(['logs', 'it', '-f'], place), startCommand(['logs', 'it', '-f', '--json'], place)];
    await Promise.all([early.until(/out 8/), json.until(/out 8/)]);
    job.signal('SIGKILL');
    await job.ended;
    await early.until(/The process of training-job it is gone/);
    assert.equal((await typed('clean')).code, 0);
    const seen = [(await early.ended).out.split('\n'), messagesOf((await json.ended).out)];
    for (const lines of seen) {
      assert.deepEqual(
        lines.filter((line) => line.startsWith('out ')),
        Array.from({ length: 60 }, (_, index) => `out ${index}`),
      );
      assert.ok(lines.includes('last'));
    }
  });

  for (const [command, fixture, taken] of [
    ['train', 'train-ok', /Training job names must be unique within an AWS account and region/],
    ['serve', 'serve-echo', /Cannot create already existing endpoint/],
  ] as const) {
    it(`of one name: of two that ${command} at once one wins, the other is refused in the words of AWS`, async () => {
      const both = [await start(command, fixture, 'it'), await start(command, fixture, 'it')];
      const first = await Promise.race(both.map(async (each) => ({ each, ...(await each.ended) })));
      const loser = command === 'serve' ? first : await loserOf(both);
      assert.equal(loser.code, 2);
      assert.match(loser.err, taken);
      if (command === 'serve') await both.find((each) => each !== first.each)?.until(/InService/);
    });
  }
});

const messagesOf = (jsonLines: string): string[] =>
  jsonLines
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).message);

async function loserOf(both: readonly Command[]): Promise<Ended> {
  const [one, other] = await Promise.all(both.map(({ ended }) => ended));
  assert.ok(one && other);
  const [loser, winner] = one.code === 0 ? [other, one] : [one, other];
  assert.equal(winner.code, 0, winner.err);
  return loser;
}
