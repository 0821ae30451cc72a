import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { chown, mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { connect } from '../../src/engine/docker/client.ts';
import type { StartedContainer } from '../../src/engine/engine.ts';
import { findEngine } from '../../src/engine/find.ts';
import { request } from '../hosting/doors.ts';
import { type Command, type Place, runCommand, startCommand } from '../support/command.ts';
import { withLeftoverCheck } from '../support/leftovers.ts';
import { sayNotRun } from '../support/private-engine.ts';
import { fixtureImage, fixtureTag, projectRoot, testEngine } from '../support/real-engine.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../support/temporary-directory.ts';

const mayListen = process.platform === 'linux' && process.getuid?.() === 0;

/** In everything that sm-local could take along; no container may see any of it. */
const planted = 'planted-6f1d';
const plantedVariables = {
  AWS_ACCESS_KEY_ID: `AKIA${planted}`,
  AWS_SECRET_ACCESS_KEY: `${planted}-secret`,
  AWS_SESSION_TOKEN: `${planted}-token`,
  AWS_WEB_IDENTITY_TOKEN_FILE: `/${planted}-file`,
  GITHUB_TOKEN: `${planted}-github`,
  DATABASE_URL: `postgres://${planted}`,
};

/** Prints what the container sees, and what it is answered. */
const lookAround = `
import json, os, sys, time, urllib.error, urllib.request
sys.path.insert(0, "/usr/local/lib/probe")
from world import world
def get(url, attempt=1):
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return [answer.status, json.load(answer)]
    except urllib.error.HTTPError as error:
        return [error.code, json.load(error)]
    except OSError: # the process that answered has ended, and the next one follows: AWS's clients ask three times
        if attempt == 3: raise
        time.sleep(0.2)
        return get(url, attempt + 1)
host = "http://169.254.170.2"
own = os.environ.get("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI")
print("SEEN " + json.dumps({
    "world": world(),
    "credentials": own and get(host + own),
    "metadata": {name: get(url) for name, url in os.environ.items() if name.startswith("ECS_CONTAINER_METADATA_URI")},
    "others": own and [get(host + path) for path in ("/v2/credentials/", "/v2/credentials/00000000-0000-4000-8000-000000000000", "/v4/" + own[-36:])],
}))
`;

const withBotocore = `
import json
from botocore.credentials import ContainerProvider
found = ContainerProvider().load()
print(json.dumps({"method": found.method, "key": found.get_frozen_credentials().access_key, "refreshes": found.refresh_needed()}))
`;

interface Seen {
  readonly world: { readonly env: Readonly<Record<string, string>>; readonly tree: Readonly<Record<string, { readonly base64?: string }>> };
  readonly credentials: readonly [status: number, body: Readonly<Record<string, string>>] | null;
  readonly metadata: Readonly<Record<string, readonly [status: number, body: Readonly<Record<string, unknown>>]>>;
  readonly others: readonly (readonly [status: number, body: Readonly<Record<string, unknown>>])[] | null;
}

const seenIn = (text: string): Seen => JSON.parse(/SEEN (.*)/.exec(text)?.[1] ?? assert.fail(text)) as Seen;

function assertNothingPlanted(what: string, seen: unknown): void {
  assert.ok(!JSON.stringify(seen).includes(planted), what);
}

/** Files too, which are told in base64. */
function assertOwnWorld({ world }: Seen): void {
  assertNothingPlanted('environment, mounts, hosts file', world);
  for (const [path, { base64 = '' }] of Object.entries(world.tree))
    assert.ok(!Buffer.from(base64, 'base64').toString('latin1').includes(planted), path);
}

describe('what a container finds of credentials', function () {
  this.timeout(60_000);
  withLeftoverCheck();
  let root: TemporaryDirectory;
  let place: Place;
  let running: Command[];
  before(() => fixtureImage('probe'));
  beforeEach(async () => {
    root = await temporaryDirectory();
    const at = (path: string): string => join(root.path, path);
    const docker = JSON.stringify({
      auths: { 'registry.example': { auth: Buffer.from(`user:${planted}`).toString('base64'), note: planted } },
    });
    const files = {
      'user/.aws/credentials': `[default]\naws_access_key_id = AKIA${planted}\naws_secret_access_key = ${planted}\n`,
      'user/.aws/config': `[default]\nrole_arn = ${planted}\n`,
      'user/.docker/config.json': docker,
      'docker/config.json': docker,
      'code/look.py': lookAround,
    };
    for (const [path, content] of Object.entries(files)) {
      await mkdir(join(at(path), '..'), { recursive: true });
      await writeFile(at(path), content);
    }
    const env = { ...plantedVariables, HOME: at('user'), DOCKER_CONFIG: at('docker') };
    place = { home: at('home'), cwd: root.path, env };
    running = [];
  });
  afterEach(async () => {
    for (const command of running) command.signal('SIGINT');
    await Promise.all(running.map(({ ended }) => ended));
    await root[Symbol.asyncDispose]();
  });

  const look = ['--input', 'code=code', '--entrypoint', 'python3,/opt/ml/input/data/code/look.py'];
  async function serve(
    ...args: string[]
  ): Promise<{ readonly url: string; readonly container: StartedContainer; readonly output: string }> {
    const command = startCommand(['serve', fixtureTag('probe'), '--name', 'demo', '--port', '0', '--json', ...args], place);
    running.push(command);
    await command.until(/"status":"InService".*"url":"[^"]+"/);
    const output = command.output();
    const [found] = await testEngine().containers.list({ 'sm-local.home': place.home, 'sm-local.name': 'demo' });
    const container = await testEngine().containers.open(found?.id ?? '');
    assert.ok(container);
    return { url: /"url":"([^"]+)"/.exec(output)?.[1] ?? '', container, output };
  }

  if (mayListen) {
    it('in training: its own, at the address of the cloud, and nothing of the host', async () => {
      const done = await runCommand(['train', fixtureTag('probe'), '--name', 'job', ...look, '--json'], place);
      assert.equal(done.code, 0, done.err);
      const seen = seenIn(JSON.parse(done.out.split('\n').find((line) => line.includes('SEEN ')) ?? '').message);
      assertOwnWorld(seen);
      assertNothingPlanted('everything printed', done);

      const { env } = seen.world;
      assert.match(env.AWS_CONTAINER_CREDENTIALS_RELATIVE_URI ?? '', /^\/v2\/credentials\/[0-9a-f-]{36}$/);
      assert.ok(!('AWS_ACCESS_KEY_ID' in env));
      const [status, body] = seen.credentials ?? assert.fail('no credentials');
      assert.equal(status, 200);
      assert.match(body.AccessKeyId ?? '', /^ASIA/);
      assert.equal(body.RoleArn, 'arn:aws:iam::000000000000:role/sm-local');
      assert.ok(Date.parse(body.Expiration ?? '') > Date.now() + 3_600_000);
      const metadata = { Name: 'job', Image: fixtureTag('probe'), KnownStatus: 'RUNNING' };
      assert.deepEqual(Object.keys(seen.metadata).sort(), ['ECS_CONTAINER_METADATA_URI', 'ECS_CONTAINER_METADATA_URI_V4']);
      for (const [code, { Name, Image, KnownStatus }] of Object.values(seen.metadata))
        assert.deepEqual([code, { Name, Image, KnownStatus }], [200, metadata]);
      assert.deepEqual(
        seen.others?.map(([code]) => code),
        [404, 404, 404],
        'nobody else’s without its id',
      );
      assert.match(done.out, /"credentials":\{"source":"network"\}/);
    });

    it('in serving: its own, at the address of the cloud, and nothing of the host', async () => {
      const { url, container, output } = await serve();
      const { body } = await request(`${url}/invocations`, { body: 'x' });
      assertNothingPlanted('the world of the server', JSON.parse(body));
      assertNothingPlanted('all that the engine knows of it', await connect(findEngine()).getContainer(container.id).inspect());
      const seen = seenIn((await container.exec(['python3', '-c', lookAround])).output);
      assertOwnWorld(seen);
      assert.deepEqual(Object.keys(seen.metadata), [], 'endpoints are not told of metadata');
      assert.match(seen.credentials?.[1].AccessKeyId ?? '', /^ASIA/);
      assert.match(output, /"credentials":\{"source":"network"\}/);
    });

    if (hasBotocore()) {
      it('is what AWS’s own client for Python takes, which asks again in time', async () => {
        const { container } = await serve();
        const { output } = await container.exec(['sh', '-c', 'echo $AWS_CONTAINER_CREDENTIALS_RELATIVE_URI']);
        const { stdout } = await promisify(execFile)('python3', ['-c', withBotocore], {
          env: { ...process.env, AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: output.trim() },
        });
        const { method, key, refreshes } = JSON.parse(stdout) as { method: string; key: string; refreshes: boolean };
        assert.deepEqual([method, key.slice(0, 4), refreshes], ['container-role', 'ASIA', false]);
      });
    } else {
      sayNotRun('botocore against the credentials of containers', 'python3 has no botocore');
    }

    it('is different for each of two jobs at once, also when the process that listens is killed', async () => {
      const first = startCommand(['serve', fixtureTag('probe'), '--name', 'first', '--port', '0', '--json'], {
        ...place,
        home: `${place.home}-1`,
      });
      await first.until(/"status":"InService"/);
      const { container } = await serve();
      const keyOf = async (): Promise<unknown> =>
        seenIn((await container.exec(['python3', '-c', lookAround])).output).credentials?.[1].AccessKeyId;
      const before = await keyOf();
      first.signal('SIGKILL');
      await first.ended;
      assert.equal(await keyOf(), before);
      const cleaned = await runCommand(['clean'], { ...place, home: `${place.home}-1` });
      assert.equal(cleaned.code, 0, cleaned.err);
      assert.equal(await keyOf(), before, 'what other homes have is not swept');
    });

    it('goes on when its process is killed and another one adopts the job', async () => {
      const script = `${lookAround}\nimport time\nprint("waiting", flush=True)\ntime.sleep(2)\n${lookAround.replace('SEEN', 'AGAIN')}`;
      await writeFile(join(root.path, 'code/look.py'), script);
      const killed = startCommand(['train', fixtureTag('probe'), '--name', 'job', ...look], place);
      await killed.until(/waiting/);
      killed.signal('SIGKILL');
      await killed.ended;
      assert.equal((await runCommand(['clean'], place)).code, 0);
      const log = (await runCommand(['logs', 'job'], place)).out;
      const [first, again] = [
        seenIn(log),
        seenIn(
          log
            .replace('AGAIN', '')
            .slice(log.indexOf('waiting'))
            .replace(/^[^{]*\{/, 'SEEN {'),
        ),
      ];
      assert.equal(again.credentials?.[0], 200);
      assert.equal(again.credentials?.[1].AccessKeyId, first.credentials?.[1].AccessKeyId);
      const left = await readdir('/run/sm-local/credentials').catch(() => []);
      assert.ok(!left.some((file) => file.startsWith(first.world.env.AWS_CONTAINER_CREDENTIALS_RELATIVE_URI?.slice(-36) ?? '?')));
    });

    it('of an ordinary user, who may not listen there, is in its environment, and the summary says why', async () => {
      const { gid } = await stat('/var/run/docker.sock');
      for (const path of ['', 'code', 'code/look.py', 'user', 'docker']) await chown(join(root.path, path), 65534, 65534);
      const args = [join(projectRoot, 'bin/sm-local.js'), 'train', fixtureTag('probe'), ...look];
      const options = { uid: 65534, gid, cwd: root.path, env: { ...process.env, ...place.env, SM_LOCAL_HOME: place.home } };
      const { stdout, stderr } = await promisify(execFile)(process.execPath, args, options);
      const { env } = seenIn(stderr).world;
      assert.match(env.AWS_ACCESS_KEY_ID ?? '', /^ASIA/);
      assert.ok(env.AWS_SECRET_ACCESS_KEY && env.AWS_SESSION_TOKEN);
      assert.deepEqual(
        Object.keys(env).filter((name) => /^(AWS_CONTAINER|ECS_)/.test(name)),
        [],
      );
      assertOwnWorld(seenIn(stderr));
      assert.match(stdout, /Credentials {2}keys that are good for nothing, in environment variables\. .*you may not listen on port 80\.\n/);
      const forced = await promisify(execFile)(process.execPath, [...args, '--credentials', 'network'], options).catch(
        (error: { code: number; stderr: string }) => error,
      );
      assert.equal((forced as { code?: number }).code, 3);
      assert.match(
        forced.stderr,
        /Containers cannot have credentials at 169\.254\.170\.2: you may not listen on port 80\.\n.*ip_unprivileged_port_start/,
      );
    });
  } else {
    sayNotRun('credentials at the address of the cloud', 'it takes root on Linux');
  }

  it('is nothing with --credentials none, and keys with --credentials environment', async () => {
    const trained = async (source: string): Promise<Readonly<Record<string, string>>> => {
      const done = await runCommand(['train', fixtureTag('probe'), '--name', source, ...look, '--credentials', source], place);
      assert.equal(done.code, 0, done.err);
      assert.doesNotMatch(done.out, /Credentials/, 'what was asked for needs no reason');
      return seenIn(done.err).world.env;
    };
    const names = (env: Readonly<Record<string, string>>): string[] =>
      Object.keys(env).filter((name) => /KEY|TOKEN|CREDENTIALS|ECS_/.test(name));
    const [none, environment] = [await trained('none'), await trained('environment')];
    assert.deepEqual(names(none), []);
    assert.deepEqual(names(environment).sort(), ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN']);
    assertNothingPlanted('environment', environment);
  });

  it('is a real role’s when that is asked for, got by the program aws', async () => {
    const keys = {
      AccessKeyId: 'ASIAREAL',
      SecretAccessKey: 'real',
      SessionToken: 'real-token',
      Expiration: new Date(Date.now() + 3_600_000),
    };
    await mkdir(join(root.path, 'bin'));
    await writeFile(join(root.path, 'bin/aws'), `#!/bin/sh\necho '${JSON.stringify({ Credentials: keys })}'\n`, { mode: 0o755 });
    const role = 'arn:aws:iam::123456789012:role/data-science';
    const env = { ...place.env, PATH: `${root.path}/bin:${process.env.PATH}` };
    const args = ['train', fixtureTag('probe'), ...look, '--assume-role', role];
    const done = await runCommand([...args, '--name', 'job', '--credentials', 'environment'], { ...place, env });
    assert.equal(done.code, 0, done.err);
    assert.equal(seenIn(done.err).world.env.AWS_ACCESS_KEY_ID, 'ASIAREAL');
    assert.match(done.err, /Warning: The role's credentials are good until/);
    assert.doesNotMatch(execFileSync('cat', [join(place.home, 'records/training-job/job.json')], { encoding: 'utf8' }), /real-token/);

    const failing = await runCommand([...args, '--profile', 'work'], {
      ...place,
      env: { ...place.env, PATH: join(root.path, 'nothing') },
    });
    assert.equal(failing.code, 2);
    assert.match(
      failing.err,
      /The role arn:aws:iam::123456789012:role\/data-science could not be assumed: there is no program "aws" on PATH/,
    );
  });
});

function hasBotocore(): boolean {
  try {
    execFileSync('python3', ['-c', 'import botocore'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
