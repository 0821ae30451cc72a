import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import http from 'node:http';
import { join } from 'node:path';
import { credentialsPath } from '../../src/contract/container-credentials.ts';
import { Credentials, type Grant, type Wanted } from '../../src/credentials/credentials.ts';
import { Register } from '../../src/credentials/register.ts';
import { ask, type HttpAddress } from '../../src/credentials/shared-address.ts';
import type { EngineDescription } from '../../src/engine/engine.ts';
import { Scope } from '../../src/scope.ts';
import { eventually } from '../support/containers.ts';
import { failure } from '../support/failure.ts';
import { FakeEngine } from '../support/fake-engine.ts';
import { freePort } from '../support/free-port.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const never = new AbortController().signal;

describe('credentials of containers', function () {
  this.timeout(20_000);
  let scope: Scope;
  let address: HttpAddress;
  let directory: string;
  let now: Date;
  let warnings: string[];
  beforeEach(async () => {
    scope = new Scope();
    address = { host: '127.0.0.1', port: await freePort() };
    directory = join(scope.use(await temporaryDirectory()).path, 'sm-local/credentials');
    now = new Date('2026-01-31T12:00:00Z');
    warnings = [];
  });
  afterEach(() => scope[Symbol.asyncDispose]());

  /** As one process has them; several share the address, and processes of one user the register. */
  function processOf({ user = directory, describe = {} }: { user?: string; describe?: Partial<EngineDescription> } = {}): Credentials {
    const engine = scope.use(new FakeEngine({ images: {}, describe }));
    return scope.use(new Credentials(engine, { home: '/home', owner: '1-a', now: () => now, address, register: new Register(user) }));
  }
  async function grant(credentials: Credentials, wanted: Partial<Wanted> = {}): Promise<Grant> {
    const job = { name: 'job', isolated: false, roleArn: 'arn:aws:iam::000000000000:role/job', account: '000000000000', choice: {} };
    const metadata = { Name: 'job', Image: 'image:1', ImageID: 'sha256:1' };
    const made = await credentials.grant({ ...job, metadata, warn: (message) => void warnings.push(message), ...wanted }, never);
    scope.use(made);
    return made;
  }
  const idOf = ({ place }: Grant): string => {
    assert.equal(place.source, 'network');
    return (place as { id: string }).id;
  };
  async function answerFor(id: string): Promise<{ status: number; body: Record<string, unknown> }> {
    const answer = await ask(address, credentialsPath(id));
    assert.ok(answer, 'nobody answers');
    return { status: answer.status, body: JSON.parse(answer.body) };
  }
  const stranger = async (): Promise<void> => {
    const server = http.createServer((_request, response) => response.end('hello')).listen(address);
    await once(server, 'listening');
    scope.defer(() => void server.close());
  };

  it('are found under a secret id, look like temporary keys of AWS, stay the same, and end later each time', async () => {
    const id = idOf(await grant(processOf()));
    const first = await answerFor(id);
    assert.equal(first.status, 200);
    assert.deepEqual(Object.keys(first.body), ['RoleArn', 'AccessKeyId', 'SecretAccessKey', 'Token', 'Expiration']);
    assert.equal(first.body.RoleArn, 'arn:aws:iam::000000000000:role/job');
    assert.match(String(first.body.AccessKeyId), /^ASIA[A-Z2-7]{16}$/);
    assert.match(String(first.body.SecretAccessKey), /^[A-Za-z0-9+/]{40}$/);
    assert.match(String(first.body.Token), /^[A-Za-z0-9+/=]{300,}$/);
    assert.equal(first.body.Expiration, '2026-01-31T18:00:00Z');
    now = new Date('2026-01-31T17:50:00Z');
    assert.deepEqual((await answerFor(id)).body, { ...first.body, Expiration: '2026-01-31T23:50:00Z' });
  });

  it('are of each job alone, and unknown ids find nothing', async () => {
    const credentials = processOf();
    const [one, other] = [await grant(credentials), await grant(credentials)];
    assert.notEqual(idOf(one), idOf(other));
    assert.notEqual((await answerFor(idOf(one))).body.AccessKeyId, (await answerFor(idOf(other))).body.AccessKeyId);
    const unknown = await answerFor('00000000-0000-4000-8000-000000000000');
    assert.deepEqual([unknown.status, unknown.body.code], [404, 'InvalidIdInRequest']);
    const { metadataId } = one.place as { metadataId: string };
    assert.equal((await answerFor(metadataId)).status, 404, 'the id of the metadata is not that of the credentials');
    assert.deepEqual(JSON.parse((await ask(address, `/v4/${metadataId}`))?.body ?? ''), {
      ...{ Name: 'job', Image: 'image:1', ImageID: 'sha256:1' },
      ...{ DesiredStatus: 'RUNNING', KnownStatus: 'RUNNING', Type: 'NORMAL' },
    });
    assert.equal((await ask(address, '/latest/meta-data/'))?.status, 404);
  });

  it('are answered by whichever process listens, to the containers of all, also after it has ended', async () => {
    const [first, second] = [processOf(), processOf()];
    await grant(first);
    const id = idOf(await grant(second));
    assert.equal((await answerFor(id)).status, 200);
    await first[Symbol.asyncDispose]();
    await eventually(async () => (await ask(address, credentialsPath(id)))?.status === 200, 'nobody follows');
  });

  it('go with the job; when it is left to another process they stay', async () => {
    const credentials = processOf();
    const [over, left] = [await grant(credentials), await grant(credentials)];
    await over[Symbol.asyncDispose]();
    await left.leave();
    assert.equal((await answerFor(idOf(over))).status, 404);
    assert.equal((await answerFor(idOf(left))).status, 200);
    assert.deepEqual((await readdir(directory)).length, 2);
    await credentials.forget(left.kept);
    assert.deepEqual(await readdir(directory), []);
  });

  it('are the same ones after another process has taken the job over', async () => {
    const before = processOf();
    const first = await grant(before);
    const { body } = await answerFor(idOf(first));
    await first.leave();
    await before[Symbol.asyncDispose]();
    const { issued } = first.kept;
    const again = await grant(processOf(), issued && { issued });
    assert.equal(idOf(again), idOf(first));
    assert.deepEqual((await answerFor(idOf(again))).body, body);
  });

  it('are none without a way out, or when none are wanted', async () => {
    const credentials = processOf();
    for (const wanted of [{ isolated: true }, { choice: { source: 'none' } }] as const) {
      const made = await grant(credentials, wanted);
      assert.deepEqual([made.place, made.kept.source, made.kept.issued], [{ source: 'none' }, 'none', undefined]);
    }
    assert.equal(await ask(address, '/'), undefined, 'and nobody listens for them');
  });

  it('are keys in the environment when that is wanted, without a reason', async () => {
    const { place, kept } = await grant(processOf(), { choice: { source: 'environment' } });
    assert.deepEqual([place.source, kept.why], ['environment', undefined]);
    assert.equal(await ask(address, '/'), undefined);
  });

  for (const [what, prepare, why] of [
    ['another program listens there', stranger, /is not an sm-local of yours/],
    ['another user listens there', async () => void (await grant(processOf({ user: `${directory}-other` }))), /not an sm-local of yours/],
  ] as const) {
    it(`are keys in the environment when ${what}, with the reason; an error when that was not wanted`, async () => {
      await prepare();
      const credentials = processOf();
      const { place, kept } = await grant(credentials);
      assert.equal(place.source, 'environment');
      assert.match(kept.why ?? '', why);
      assert.match((place as { keys: { AccessKeyId: string } }).keys.AccessKeyId, /^ASIA/);
      assert.deepEqual(await readdir(directory), [], 'nothing stays in the register');
      await assert.rejects(grant(credentials, { choice: { source: 'network' } }), failure('CredentialsUnavailable', why));
    });
  }

  it('are keys in the environment where the networks of the engine are elsewhere', async () => {
    const { kept } = await grant(processOf({ describe: { isNative: false } }));
    assert.match(kept.why ?? '', /the engine is on another machine/);
    assert.equal(await ask(address, '/'), undefined, 'and nobody listens for them');
  });
});
