import assert from 'node:assert/strict';
import { once } from 'node:events';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { checks, examine, type Named } from '../../src/doctor/doctor.ts';
import { ok, problem, untested } from '../../src/doctor/finding.ts';
import { admit } from '../../src/doctor/patient.ts';
import { portFinding } from '../../src/doctor/ports.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { openHome } from '../../src/store/home.ts';
import { FakeEngine, type FakeEngineOptions } from '../support/fake-engine.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../support/temporary-directory.ts';

const signal = new AbortController().signal;

describe('the doctor', () => {
  let place: TemporaryDirectory;
  beforeEach(async () => {
    place = await temporaryDirectory();
  });
  afterEach(() => place[Symbol.asyncDispose]());

  async function findings(
    engine: string | Engine = fakeEngine(),
    { home = join(place.path, 'home'), env = {} }: { home?: string; env?: Record<string, string> } = {},
  ): Promise<ReadonlyMap<string, Named>> {
    await using admission = await admit({ home, engine });
    const found = new Map<string, Named>();
    for await (const finding of examine({ emulator: admission.emulator, env, signal }, admission.troubles))
      found.set(finding.check, finding);
    if (typeof engine === 'object') assert.deepEqual((engine as FakeEngine).left(), [], 'nothing is left in the engine');
    return found;
  }

  function fakeEngine(describe: FakeEngineOptions['describe'] = {}): FakeEngine {
    return new FakeEngine({ images: {}, describe, build: () => () => 0 });
  }

  const textOf = (finding: Named | undefined): string =>
    `${finding?.state}: ${finding?.text} ${finding && 'remedy' in finding ? finding.remedy : ''}`;

  it('looks at everything and finds nothing wrong with a machine that is well', async () => {
    const found = await findings();
    assert.deepEqual(
      [...found.keys()],
      checks.map(({ name }) => name),
    );
    assert.deepEqual(
      [...found.values()].filter(({ state }) => state === 'problem'),
      [],
    );
  });

  it('says which rule led to an engine that does not answer, and what was not tested because of it', async () => {
    const found = await findings(`unix://${place.path}/nowhere.sock`);
    assert.match(textOf(found.get('engine')), /^problem: No container engine answers at unix:.*--engine.*Start Docker/);
    assert.equal(textOf(found.get('file sharing')), 'untested: because of: engine ');
    assert.equal(found.get('home')?.state, 'ok');
  });

  it('tells of an address that is none, and goes on with the rest', async () => {
    const found = await findings('ftp://x');
    assert.match(textOf(found.get('engine')), /problem: --engine is "ftp:\/\/x"/);
    assert.equal(found.get('home')?.state, 'ok');
  });

  it('tells of a home that it cannot open, and goes on with the engine', async () => {
    const home = join(place.path, 'newer');
    await openHome(home);
    await writeFile(join(home, 'format'), '999\n');
    const found = await findings(fakeEngine(), { home });
    assert.match(textOf(found.get('home')), /problem: .* was written by a newer sm-local .*Update sm-local/);
    assert.equal(found.get('engine')?.state, 'ok');
    assert.equal(found.get('file sharing')?.state, 'untested');
  });

  it('tells of a home that others can read, and of records that are not whole', async () => {
    const home = join(place.path, 'home');
    await openHome(home);
    await chmod(home, 0o755);
    assert.match(textOf((await findings(fakeEngine(), { home })).get('home')), /warning: .*other users.*chmod 700/);
    await mkdir(join(home, 'records/training-job'), { recursive: true });
    await writeFile(join(home, 'records/training-job/half.json'), '{"name":');
    assert.match(textOf((await findings(fakeEngine(), { home })).get('home')), /warning: .*half\.json is not whole.*Put the file right/);
  });

  it('tells that images are emulated where the engine has another processor, unless that is wanted', async () => {
    const arm = { architecture: 'arm64' };
    assert.match(textOf((await findings(fakeEngine(arm))).get('platform')), /warning: the engine is linux\/arm64; .*emulated/);
    const wanted = await findings(fakeEngine(arm), { env: { DOCKER_DEFAULT_PLATFORM: 'linux/arm64' } });
    assert.equal(wanted.get('platform')?.state, 'ok');
  });

  it('tells of little memory, of an old engine, and of one whose disk cannot be seen', async () => {
    const found = await findings(fakeEngine({ memory: 2 ** 31, version: '19.03.5', isNative: false }));
    assert.match(textOf(found.get('processors and memory')), /warning: .*2\.0 GiB: less/);
    assert.match(textOf(found.get('engine version')), /warning: .*older than 20\.10/);
    assert.equal(found.get('disk of the engine')?.state, 'untested');
  });

  it('tells what processes that are gone have left', async () => {
    const engine = fakeEngine();
    const home = join(place.path, 'home');
    const { id } = await engine.networks.create({ name: 'left', labels: { 'sm-local.home': home, 'sm-local.owner': '1-dead' } });
    await using admission = await admit({ home, engine });
    const list = checks.filter(({ name }) => name === 'leftovers');
    for await (const finding of examine({ emulator: admission.emulator, env: {}, signal }, new Map(), list)) {
      assert.match(textOf(finding), /warning: 1 .*sm-local clean/);
    }
    await engine.networks.remove(id);
  });

  it('tells of a port that is taken', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    assert.match(textOf({ check: '', ...(await portFinding(port, 'sm-local serve')) }), /warning: not free .*something listens.*--port/);
    server.close();
    await once(server, 'close');
    assert.equal((await portFinding(port, 'sm-local serve')).state, 'ok');
  });

  it('does not test what depends on something that was not tested itself', async () => {
    await using admission = await admit({ home: join(place.path, 'home'), engine: fakeEngine() });
    const list = [
      { name: 'first', look: async () => untested('cannot') },
      { name: 'second', needs: ['first'], look: async () => problem('never', 'looked at') },
      { name: 'third', needs: ['second'], look: async () => ok('never') },
      { name: 'other', look: async () => ok('looked at') },
    ];
    const states: string[] = [];
    for await (const { check, state, text } of examine({ emulator: admission.emulator, env: {}, signal }, new Map(), list))
      states.push(`${check} ${state} ${text}`);
    assert.deepEqual(states, [
      'first untested cannot',
      'second untested because of: first',
      'third untested because of: second',
      'other ok looked at',
    ]);
  });
});
