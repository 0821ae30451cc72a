import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dockerEngine } from '../../src/engine/docker/engine.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { conformance, remote } from '../engine/conformance.ts';
import { startCommand } from '../support/command.ts';
import { rejectionOf } from '../support/containers.ts';
import { canStart } from '../support/namespace.ts';
import { type PrivateEngine, sayNotRun, startPrivateEngine } from '../support/private-engine.ts';
import { baseImage } from '../support/real-engine.ts';
import { type SshServer, startSshServer } from '../support/sshd.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const engineAt = (host: string): Engine => dockerEngine({ host, rule: 'a test' });

if (canStart('dockerd', 'containerd', 'docker', 'sshd', 'ssh', 'ssh-keygen')) {
  describe('an engine on another machine, through ssh', function () {
    this.timeout(60_000);
    let machine: PrivateEngine;
    let server: SshServer;
    let engine: Engine;
    const path = process.env.PATH;
    before(async () => {
      machine = await startPrivateEngine({ hide: [tmpdir()] });
      server = await startSshServer(machine.namespace, `unix://${machine.socket}`);
      process.env.PATH = server.path;
      engine = engineAt('ssh://engine');
    });
    after(async () => {
      process.env.PATH = path;
      await engine?.[Symbol.asyncDispose]();
      await machine?.[Symbol.asyncDispose]();
    });

    conformance({ engine: () => engine, base: baseImage }, remote);

    it('is the one that the docker program of that machine talks to, or the one whose socket the address names', async () => {
      const { id } = await machine.engine().describe();
      for (const host of ['ssh://engine', `ssh://root@engine:2222${machine.socket}`]) {
        await using there = engineAt(host);
        assert.equal((await there.describe()).id, id);
      }
    });

    it('uses one connection again for one request after another', async () => {
      await using there = engineAt('ssh://engine');
      for (let times = 0; times < 5; times += 1) await there.containers.list({});
      assert.equal(ownSsh().length, 1);
      await there[Symbol.asyncDispose]();
      assert.deepEqual(ownSsh(), []);
    });

    it('trains for the command line, which ends by itself with nothing left', async () => {
      await using directory = await temporaryDirectory();
      const command = startCommand(['train', baseImage(), '--entrypoint', 'true', '--engine', 'ssh://engine'], {
        home: join(directory.path, 'home'),
        cwd: directory.path,
      });
      const { code, err } = await command.ended;
      assert.equal(code, 0, err);
      assert.deepEqual(ownSsh(), []);
    });

    describe('that cannot be had says why:', () => {
      const cases = [
        ['an unknown user', 'ssh://nobody@engine', 'EngineForbidden', /Permission denied/],
        ['a name that means nothing', 'ssh://nowhere.invalid', 'EngineUnreachable', /Could not resolve hostname nowhere\.invalid/],
        ['a port at which nobody listens', 'ssh://engine:9', 'EngineUnreachable', /Connection refused/],
        ['a socket that is not there', 'ssh://engine/no/such.sock', 'EngineUnreachable', /\/no\/such\.sock/],
      ] as const;
      for (const [what, host, code, message] of cases) {
        it(what, async () => {
          await using there = engineAt(host);
          const error = await rejectionOf(code, there.describe());
          assert.match(error.message, message);
          assert.equal(error.remedy, `Make this work first: docker -H ${host} version`);
        });
      }

      it('a machine whose key is not the known one', async () => {
        await server.forgetKey();
        await using there = engineAt('ssh://engine');
        assert.match((await rejectionOf('EngineUnreachable', there.describe())).message, /Host key verification failed/);
      });
    });
  });
} else {
  sayNotRun('an engine through ssh', 'it takes root on Linux, dockerd, the docker program, ssh and sshd');
}

/** Processes of ssh that lead to an engine of this suite. */
const ownSsh = (): readonly string[] =>
  execFileSync('ps', ['-eo', 'pid,args'], { encoding: 'utf8' })
    .split('\n')
    .filter((line) => /\bssh -F \S+sm-local-engine-\S+ .*(dial-stdio|-N)/.test(line));
