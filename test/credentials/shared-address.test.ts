import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import http from 'node:http';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { Register } from '../../src/credentials/register.ts';
import { ask, type HttpAddress, isHere, SharedAddress, type SharedAddressOptions } from '../../src/credentials/shared-address.ts';
import { Scope } from '../../src/scope.ts';
import { Program } from '../store/commands.ts';
import { eventually } from '../support/containers.ts';
import { failure } from '../support/failure.ts';
import { freePort } from '../support/free-port.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const id = '058f3674-e697-4dc9-ab8a-7713b4d99598';

describe('an address that several processes answer at', function () {
  this.timeout(20_000);
  let scope: Scope;
  let address: HttpAddress;
  let directory: string;
  beforeEach(async () => {
    scope = new Scope();
    address = { host: '127.0.0.1', port: await freePort() };
    directory = join(scope.use(await temporaryDirectory()).path, 'sm-local/credentials');
  });
  afterEach(() => scope[Symbol.asyncDispose]());

  const here = (changes: Partial<SharedAddressOptions> = {}): SharedAddress =>
    scope.use(
      new SharedAddress({
        address,
        answer: (_request, response) => void response.end('answer'),
        makeHost: () => assert.fail('it is there'),
        onLost: (error) => assert.fail(String(error)),
        ...changes,
      }),
    );
  const there = async (): Promise<Program & { first: string }> => {
    const program = scope.use(new Program('../credentials/answer', [String(address.port), directory]));
    return Object.assign(program, { first: (await program.line()) ?? '' });
  };
  const stateOf = async (program: Program): Promise<string | undefined> => {
    program.tell('how?');
    return await program.line();
  };
  const stranger = async (answer: http.RequestListener): Promise<http.Server> => {
    const server = http.createServer(answer).listen(address);
    await once(server, 'listening');
    scope.defer(() => {
      server.close();
      server.closeAllConnections();
    });
    return server;
  };

  it('is listened at by the first, and the others stand behind', async () => {
    const [first, second] = [here(), here()];
    assert.deepEqual([await first.take(), await second.take(), await first.take()], ['listening', 'behind', 'listening']);
    assert.deepEqual(await ask(address, '/'), { status: 200, body: 'answer' });
  });

  it('is taken once, however many ask at the same time', async () => {
    const [first, second] = [here(), here()];
    const taken = await Promise.all([first.take(), second.take(), first.take(), second.take()]);
    assert.deepEqual(taken.sort(), ['behind', 'behind', 'listening', 'listening']);
  });

  it('goes to one of those behind when the first lets go', async () => {
    const first = here();
    await first.take();
    const others = [here(), here(), here()];
    for (const other of others) await other.take();
    await first[Symbol.asyncDispose]();
    await eventually(async () => {
      const states = await Promise.all(others.map((other) => other.take()));
      return states.sort().join() === 'behind,behind,listening';
    }, 'nobody took it');
    assert.deepEqual(await ask(address, '/'), { status: 200, body: 'answer' });
  });

  it('is let go at once, and whoever had asked by then is answered', async () => {
    let finish = (): unknown => assert.fail('nobody has asked');
    const questions = new EventEmitter();
    const first = here({
      answer: (_request, response) => {
        finish = () => response.end('of the first');
        questions.emit('question');
      },
    });
    const second = here({ answer: (_request, response) => response.end('of the second') });
    await first.take();
    await second.take();
    const asked = ask(address, '/');
    await once(questions, 'question');
    const letGo = first[Symbol.asyncDispose]();
    await eventually(async () => (await ask(address, '/'))?.body === 'of the second', 'the second does not answer');
    finish();
    await letGo;
    assert.deepEqual(await asked, { status: 200, body: 'of the first' });
  });

  it('is let go without waiting for who asks nothing, and nobody stands behind it any more', async () => {
    const first = here();
    await first.take();
    const [silent, late] = [connect(address), connect(address)];
    await Promise.all([once(silent, 'connect'), once(late, 'connect')]);
    await ask(address, '/'); // both have been taken by now
    const ends = Promise.all([once(silent.resume(), 'close'), once(late, 'close')]);
    let answered = '';
    late.setEncoding('utf8').on('data', (text: string) => {
      answered += text;
    });
    const letGo = first[Symbol.asyncDispose]();
    late.write('GET /_sm-local/successor HTTP/1.1\r\nHost: x\r\n\r\n');
    const startedAt = performance.now();
    await letGo;
    await ends;
    assert.equal(answered, '');
    assert.ok(performance.now() - startedAt < 900, 'it was waited for');
  });

  it('keeps no connection of those who ask, which would end with whoever listens', async () => {
    await here().take();
    const { headers } = await fetch(`http://${address.host}:${address.port}/`);
    assert.equal(headers.get('connection'), 'close');
  });

  it('survives the death of whoever listens, again and again', async () => {
    await new Register(directory).put(id, { kind: 'metadata', home: '', owner: '', metadata: { Name: 'job', Image: 'i', ImageID: 's' } });
    const programs = await Promise.all([there(), there(), there(), there()]);
    assert.deepEqual(programs.map(({ first }) => first).sort(), ['behind', 'behind', 'behind', 'listening']);
    for (let left = [...programs]; left.length > 1; ) {
      const states = await Promise.all(left.map(stateOf));
      const front = left[states.indexOf('listening')];
      assert.ok(front, states.join());
      await front.kill('SIGKILL');
      left = left.filter((program) => program !== front);
      await eventually(async () => (await ask(address, `/v4/${id}`))?.status === 200, 'nobody answers');
    }
  });

  it('is not taken from a program that is none of ours', async () => {
    await stranger((_request, response) => response.end('hello'));
    await assert.rejects(
      here().take(),
      failure('CredentialsUnavailable', /what listens on port \d+ of 127\.0\.0\.1 is not an sm-local of yours/),
    );
  });

  it('is not waited for when who listens says nothing', async () => {
    const silent = createServer().listen(address);
    await once(silent, 'listening');
    scope.defer(() => void silent.close());
    await assert.rejects(here().take(), failure('CredentialsUnavailable', /does not answer/));
  });

  it('is told to be lost when it has come to somebody else', async () => {
    let held: http.ServerResponse | undefined;
    await stranger((_request, response) => {
      if (held) return response.end('hello');
      held = response;
      response.writeHead(200, { 'sm-local': 'credentials' }).flushHeaders();
    });
    let lose = (_error: unknown): void => {};
    const lost = new Promise<unknown>((resolve) => {
      lose = resolve;
    });
    const behind = here({ onLost: (error) => lose(error) });
    assert.equal(await behind.take(), 'behind');
    held?.destroy();
    assert.match(String(await lost), /is not an sm-local of yours/);
  });

  it('is made an address of this machine when it is none', async () => {
    const made: string[] = [];
    const absent = here({
      address: { host: '198.51.100.1', port: 80 },
      makeHost: async () => {
        made.push('host');
        throw new Error('it cannot be made');
      },
    });
    await assert.rejects(absent.take(), /it cannot be made/);
    assert.deepEqual(made, ['host']);
    assert.deepEqual([await isHere('198.51.100.1'), await isHere('127.0.0.1')], [false, true]);
  });

  it('is held alone for what must not be disturbed, unless somebody else uses it', async () => {
    const [first, second] = [here(), here()];
    await first.take();
    await second.take();
    const work = async (): Promise<string> => ((await ask(address, '/')) ? 'held' : 'free');
    assert.equal(await first.alone(work), undefined, 'somebody stands behind');
    assert.equal(await second.alone(work), undefined, 'somebody listens');
    await second[Symbol.asyncDispose]();
    await eventually(async () => (await first.alone(work)) === 'held', 'somebody still stands behind');
    assert.equal(await ask(address, '/'), undefined, 'it was let go');
    assert.equal(await here().alone(work), 'held');
  });
});
