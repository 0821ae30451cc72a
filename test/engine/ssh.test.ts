import assert from 'node:assert/strict';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { dockerEngine } from '../../src/engine/docker/engine.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { begun, type CannedEngine, cannedEngine, json } from '../support/canned-engine.ts';
import { eventually, rejectionOf } from '../support/containers.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../support/temporary-directory.ts';

// The suite that runs against a real sshd is test/engines/ssh.engines.ts.
if (process.platform !== 'win32') {
  describe('an engine behind ssh://', () => {
    let canned: CannedEngine;
    let directory: TemporaryDirectory;
    const path = process.env.PATH;
    beforeEach(async () => {
      directory = await temporaryDirectory();
      canned = await cannedEngine({
        'GET /containers/json': json(200, []),
        'GET /events': begun(''),
        'PUT /containers/c1/archive': (request, response) => void request.resume().on('end', () => response.end()),
      });
      process.env.PATH = `${directory.path}:${path}`;
      await writeFile(at('relay.mjs'), relay);
      await ssh(`echo "$@" >> ${at('arguments')}; exec "${process.execPath}" ${at('relay.mjs')} ${canned.socket}`);
    });
    afterEach(async () => {
      process.env.PATH = path;
      await canned[Symbol.asyncDispose]();
      await directory[Symbol.asyncDispose]();
    });

    const at = (name: string): string => join(directory.path, name);
    const engineAt = (host: string): Engine => dockerEngine({ host, rule: 'a test' });
    /** What the program called ssh does. */
    const ssh = async (script: string): Promise<void> => {
      await writeFile(at('ssh'), `#!/bin/sh\n${script}\n`);
      await chmod(at('ssh'), 0o755);
    };
    const runs = async (): Promise<readonly string[]> => (await readFile(at('arguments'), 'utf8')).trimEnd().split('\n');

    for (const [host, args] of [
      ['ssh://build.example', '-o ConnectTimeout=30 -- build.example docker system dial-stdio'],
      ['ssh://me@build.example:2222', '-o ConnectTimeout=30 -l me -p 2222 -- build.example docker system dial-stdio'],
      ['ssh://h/run/my%20engine.sock', '-o ConnectTimeout=30 -- h docker --host unix:///run/my engine.sock system dial-stdio'],
      ['ssh://me@[::1]', '-o ConnectTimeout=30 -l me -- ::1 docker system dial-stdio'],
      ['ssh://-oProxyCommand=x', '-o ConnectTimeout=30 -- -oProxyCommand=x docker system dial-stdio'],
    ] as const) {
      it(`is reached as the docker program reaches it: ${host}`, async () => {
        await using engine = engineAt(host);
        assert.deepEqual(await engine.containers.list({}), []);
        assert.deepEqual(await runs(), [args]);
      });
    }

    it('keeps its connections, and makes another for what comes at the same time', async () => {
      await using engine = engineAt('ssh://h');
      for (let times = 0; times < 3; times += 1) await engine.containers.list({});
      assert.equal((await runs()).length, 1);
      const abort = new AbortController();
      const next = engine.events({}, abort.signal)[Symbol.asyncIterator]().next();
      await engine.containers.list({});
      assert.ok((await runs()).length <= 3);
      abort.abort();
      assert.equal((await next).done, true);
    });

    it('ends its processes when it is disposed', async () => {
      await ssh(`echo $$ >> ${at('arguments')}; exec "${process.execPath}" ${at('relay.mjs')} ${canned.socket}`);
      const engine = engineAt('ssh://h');
      await engine.containers.list({});
      const [pid] = await runs();
      assert.ok(isAlive(Number(pid)));
      await engine[Symbol.asyncDispose]();
      await eventually(async () => !isAlive(Number(pid)), 'its process has ended');
    });

    for (const [what, script, code, message] of [
      [
        'the ssh program could not connect',
        'echo "ssh: connect to host h port 22: Connection refused" >&2; exit 255',
        'EngineUnreachable',
        /: ssh: connect to host h port 22: Connection refused$/,
      ],
      [
        'the user is refused',
        'echo "me@h: Permission denied (publickey)." >&2; exit 255',
        'EngineForbidden',
        /: me@h: Permission denied \(publickey\)\.$/,
      ],
      [
        'there is no docker program there',
        'echo "sh: docker: not found" >&2; exit 127',
        'EngineUnreachable',
        /: the other machine has no docker program: sh: docker: not found$/,
      ],
      ['nothing is said', 'exit 7', 'EngineUnreachable', /: ssh ended with exit code 7$/],
    ] as const) {
      it(`says why it cannot be reached when ${what}`, async () => {
        await ssh(script);
        await using engine = engineAt('ssh://h');
        const error = await rejectionOf(code, engine.containers.list({}));
        assert.match(error.message, message);
        assert.match(error.remedy, /docker -H ssh:\/\/h version/);
      });
    }

    it('is unreachable when it hangs up in the middle of an answer', async () => {
      await ssh(`echo $$ >> ${at('arguments')}; exec "${process.execPath}" ${at('relay.mjs')} ${canned.socket}`);
      await using engine = engineAt('ssh://h');
      const next = engine.events({}, new AbortController().signal)[Symbol.asyncIterator]().next();
      await eventually(async () => canned.requests.length > 0, 'the request is there');
      process.kill(Number((await runs())[0]));
      await rejectionOf('EngineUnreachable', next);
    });
  });
}

const relay = `
import net from 'node:net';
const socket = net.connect(process.argv[2]);
process.stdin.pipe(socket).pipe(process.stdout);
socket.on('error', () => process.exit(1)).on('close', () => process.exit(0));
`;

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
