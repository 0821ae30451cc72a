import assert from 'node:assert/strict';
import { join } from 'node:path';
import { Credentials } from '../../src/credentials/credentials.ts';
import { Register } from '../../src/credentials/register.ts';
import { eventually } from '../support/containers.ts';
import { canStartEngines, type PrivateEngine, sayNotRun, startPrivateEngine } from '../support/private-engine.ts';
import { baseImage, projectRoot } from '../support/real-engine.ts';

if (!canStartEngines) sayNotRun('the network of credentials being made and removed');
else {
  describe('the network of credentials on an engine that has none', function () {
    this.timeout(60_000);
    let engine: PrivateEngine;
    before(async () => {
      engine = await startPrivateEngine();
    });
    after(() => engine?.[Symbol.asyncDispose]());

    /** A command on the engine's own machine, with a home of its own; what it prints on stdout. */
    const smLocal = (home: string, ...args: string[]): Promise<string> => {
      const { namespace, address } = engine;
      const variables = [`DOCKER_HOST=${address.host}`, `SM_LOCAL_HOME=${join(namespace.directory, home)}`];
      return namespace.run('env', ...variables, process.execPath, join(projectRoot, 'bin/sm-local.js'), ...args);
    };
    const train = (home: string, program = 'true', ...args: string[]): Promise<string> =>
      smLocal(home, 'train', baseImage(), '--entrypoint', program, '--output', engine.namespace.directory, '--json', ...args);
    const networks = async (): Promise<number> => (await engine.engine().networks.list({ 'sm-local.kind': 'credentials' })).length;

    it('is made once by many jobs of many homes at once, stays, and goes with clean', async () => {
      assert.equal(await networks(), 0);
      const jobs = await Promise.all(['a', 'b', 'c', 'd'].map((home) => train(home)));
      for (const job of jobs) assert.match(job, /"credentials":\{"source":"network"\}/);
      assert.equal(await networks(), 1);
      assert.match(await train('a'), /"credentials":\{"source":"network"\}/);
      assert.match(await smLocal('b', 'clean'), /1 network,/);
      assert.equal(await networks(), 0);
    });

    it('is not removed while a job of any home uses it', async () => {
      const job = train('a', 'sleep,1000', '--name', 'sleeper');
      const containers = engine.engine().containers;
      await eventually(async () => (await containers.list({ 'sm-local.kind': 'training-job' })).length > 0, 'the job has no container');
      assert.match(await smLocal('b', 'clean'), /0 networks,/);
      await smLocal('a', 'stop', 'sleeper', '--now');
      await assert.rejects(job, /exit code 1/); // a job that was stopped
    });

    it('is not there for a process on another machine than the engine’s, and nothing of the attempt stays', async () => {
      await smLocal('a', 'clean');
      const address = { host: '198.51.100.1', port: 80 };
      const register = new Register(join(engine.namespace.directory, 'sm-local/credentials'));
      await using credentials = new Credentials(engine.engine(), { home: '', owner: '', now: () => new Date(), address, register });
      const metadata = { Name: '', Image: '', ImageID: '' };
      const wanted = { name: 'job', isolated: false, roleArn: '', account: '000000000000', metadata, choice: {}, warn() {} };
      const grant = await credentials.grant(wanted, new AbortController().signal);
      assert.match(grant.kept.why ?? '', /the engine made a network for it, but 198\.51\.100\.1 is not an address of this machine/);
      assert.equal(await networks(), 0);
    });
  });
}
