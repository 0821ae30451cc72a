import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import { join } from 'node:path';
import { setTimeout as turn } from 'node:timers/promises';
import type { Update } from '../../src/dev/image-updates.ts';
import { type Wanted, WantedChanges } from '../../src/dev/wanted.ts';
import { type RenewalFailure, watchEndpoints } from '../../src/dev/watched-endpoints.ts';
import { type Emulator, openEmulator } from '../../src/emulator.ts';
import { requestsFor, type Served, serve } from '../../src/endpoints/serve.ts';
import { orAborted } from '../../src/engine/steady.ts';
import { fail } from '../../src/errors.ts';
import { Scope } from '../../src/scope.ts';
import { failure } from '../support/failure.ts';
import { FakeEngine, type Program, serving } from '../support/fake-engine.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const version = (name: string): Program => serving((request, response) => void request.resume().on('end', () => response.end(name)));
const hangs: Program = async (world) => {
  await world.listen(http.createServer(() => {}));
  await once(world.ended, 'abort');
  return 0;
};

/** Changes that a test makes. */
class TestChanges {
  #changed: string[] = [];
  #arrival = new AbortController();

  make(file: string): void {
    this.#changed.push(file);
    this.#arrival.abort();
  }

  get overtaken(): AbortSignal {
    return this.#arrival.signal;
  }

  async next(signal: AbortSignal): Promise<readonly string[]> {
    while (this.#changed.length === 0) {
      signal.throwIfAborted();
      await turn(1);
    }
    const changed = this.#changed;
    this.#changed = [];
    this.#arrival = new AbortController();
    return changed;
  }
}

describe('endpoints that are watched', function () {
  this.timeout(20_000);
  let scope: Scope;
  let engine: FakeEngine;
  let emulator: Emulator;
  let served: Served;
  let changes: TestChanges;
  let wanted: WantedChanges;
  let told: string[];
  let failures: RenewalFailure[];
  let built: string[];
  let stop: AbortController;
  let watching: Promise<void>;
  /** Of what has begun last. */
  let undebugged: AbortController;
  /** What the next build makes; fails without one. */
  let program: Program | undefined;
  /** Builds wait for it. */
  let building: Promise<unknown> | undefined;
  beforeEach(async () => {
    scope = new Scope();
    const home = join(scope.use(await temporaryDirectory()).path, 'home');
    changes = new TestChanges();
    told = [];
    failures = [];
    built = [];
    stop = new AbortController();
    program = version('one');
    building = undefined;
    engine = scope.use(
      new FakeEngine({
        images: { patched: version('patched'), hangs, crashes: () => 1 },
        build: ({ directory }) => {
          if (program) return program;
          throw fail('BuildFailed', { directory, message: 'line 3 failed', remedy: 'Mend it.' });
        },
      }),
    );
    const { build } = engine.images;
    engine.images.build = async (spec, options) => {
      if (building) await orAborted(building, options?.signal);
      return await build(spec, options);
    };
    emulator = scope.use(await openEmulator({ home, engine, credentials: { source: 'environment' } }));
  });
  afterEach(async () => {
    await scope[Symbol.asyncDispose]();
    assert.deepEqual(engine.left(), []);
  });

  /** By the name of what has changed: `build`, `code`, `none`, or the image that it becomes. */
  const directory = { kind: 'directory', path: '/app', tag: 'sm-local/app:latest' } as const;
  const rebuild = () => ({ kind: 'build', why: 'asked for', image: { image: directory } }) as const;
  const update = async ([file = '']: readonly string[]): Promise<Update> => {
    if (file === 'none' || file === 'code') return { kind: file };
    if (file === 'build') return { ...rebuild(), why: 'line 1' };
    return { kind: 'patch', image: { image: { kind: 'image', reference: file } }, files: [], notes: [] };
  };
  const begin = async (): Promise<void> => {
    const { images, ...requests } = await requestsFor(emulator, { name: 'demo', image: directory, cwd: '/', environment: {} });
    const stops = { stop: stop.signal, kill: AbortSignal.abort() };
    const setting = { limits: {}, startAttempts: 1, ...(images && { images }) };
    const observer = { event() {}, log() {} };
    served = scope.use(await serve(emulator, { requests, setting, port: 0, isRaw: false, isEmptyAtFirst: true }, observer, stops));
    wanted = new WantedChanges({
      changes,
      updates: { update, rebuild },
      onIgnored: ([file]) => void told.push(`unused ${file}`),
      onTrouble: (error) => void told.push(String(error)),
    });
    const ended = new AbortController();
    const listened = wanted.listen(ended.signal);
    scope.defer(async () => {
      ended.abort();
      await listened;
    });
    watching = watchEndpoints(
      {
        ...{ emulator, served, requests, setting, wanted, reference: directory.tag },
        updates: { rebuild, built: (id) => void built.push(id), runs: async () => {} },
        debugged: () => {
          undebugged = new AbortController();
          return undebugged.signal;
        },
        news: {
          event() {},
          begins: ({ files, image }: Wanted) => void told.push(`begins ${files.join()} ${image?.kind ?? 'code'}`),
          overtaken: () => void told.push('overtaken'),
          answers: async () => void told.push('answers'),
          async failed(failure) {
            failures.push(failure);
            told.push(`failed ${failure.stage}${failure.isServing ? ', serving' : ''}`);
          },
        },
      },
      stops,
    );
    watching.catch(() => {}); // awaited by the test
    scope.defer(() => {
      stop.abort();
      return watching.catch(() => {});
    });
  };
  const until = async (text: string): Promise<void> => {
    while (!told.includes(text)) await turn(1);
    told.splice(0, told.indexOf(text) + 1);
  };
  const containers = async (count: number): Promise<void> => {
    while (engine.left().length !== count) await turn(1);
  };
  const answer = async (): Promise<string> => {
    const [response] = (await once(http.request(`${served.url}/invocations`, { method: 'POST', agent: false }).end('x'), 'response')) as [
      http.IncomingMessage,
    ];
    let body = '';
    for await (const chunk of response) body += chunk;
    return response.statusCode === 200 ? body : String(response.statusCode);
  };

  it('answer with each change, and with the old one until then', async () => {
    await begin();
    await until('answers');
    assert.equal(await answer(), 'one');
    assert.equal(built.length, 1);
    changes.make('patched');
    await until('begins patched patch');
    await until('answers');
    assert.equal(await answer(), 'patched');
    program = version('rebuilt');
    wanted.rebuild();
    await until('begins  build');
    await until('answers');
    assert.deepEqual([await answer(), built.length], ['rebuilt', 2]);
    await containers(1);
  });

  it('go on as they are when the build fails, or the start, and come back when that is mended', async () => {
    await begin();
    await until('answers');
    program = undefined;
    changes.make('build');
    await until('failed build, serving');
    assert.equal(await answer(), 'one');
    changes.make('crashes');
    await until('failed start, serving');
    assert.equal(await answer(), 'one');
    assert.equal(Object.keys(failures.at(-1)?.endpoint?.logs ?? {}).length, 1);
    changes.make('patched');
    await until('answers');
    assert.equal(await answer(), 'patched');
  });

  it('wait for the change that mends them when the first build fails, and then the first start', async () => {
    program = undefined;
    await begin();
    await until('failed build');
    assert.equal(await answer(), '400'); // as the cloud says that there is none
    program = () => 1;
    changes.make('build');
    await until('failed start');
    changes.make('hangs');
    await containers(1);
    changes.make('patched');
    await until('overtaken');
    await until('answers');
    assert.equal(await answer(), 'patched');
    await containers(1);
  });

  it('are overtaken while they start', async () => {
    await begin();
    await until('answers');
    changes.make('hangs');
    await containers(2);
    assert.equal(await answer(), 'one');
    changes.make('patched');
    await until('overtaken');
    await until('answers');
    assert.equal(await answer(), 'patched');
    await containers(1);
  });

  it('are overtaken while they are built, and what was not built is built then', async () => {
    await begin();
    await until('answers');
    let go = (): void => {};
    building = new Promise<void>((resolve) => {
      go = resolve;
    });
    program = version('two');
    changes.make('build');
    await until('begins build build');
    changes.make('code');
    await until('overtaken');
    await until('begins code code');
    go();
    await until('answers');
    assert.deepEqual([await answer(), built.length], ['two', 2]);
  });

  it('that cannot be debugged wait for the change that mends that, and what served before goes on', async () => {
    program = hangs;
    await begin();
    await containers(1);
    const missing = fail('DebuggerMissing', { of: 'i-1', why: 'there is none' });
    undebugged.abort(missing);
    await until('failed start');
    assert.equal(failures.at(-1)?.error, missing);
    assert.equal(await answer(), '400');
    changes.make('patched');
    await until('answers');
    changes.make('hangs');
    await containers(2);
    undebugged.abort(missing);
    await until('failed start, serving');
    assert.equal(await answer(), 'patched');
    changes.make('patched');
    await until('answers');
    undebugged.abort(missing); // late: a program that it starts to answer has none
    await until('failed start, serving');
    assert.equal(await answer(), 'patched');
  });

  it('end at once when they cannot be debugged for a reason that no change mends', async () => {
    program = hangs;
    await begin();
    await containers(1);
    undebugged.abort(fail('PortTaken', { address: '127.0.0.1', port: 5678, option: '--debug-port' }));
    await assert.rejects(watching, failure('PortTaken', /5678/));
  });

  it('are left alone by changes of what nothing is made of', async () => {
    await begin();
    await until('answers');
    changes.make('none');
    await until('unused none');
    assert.deepEqual(told, []);
  });

  it('end at any moment', async () => {
    await begin();
    await until('answers');
    changes.make('hangs');
    await containers(2);
    stop.abort();
    await served.stop(AbortSignal.abort());
    assert.deepEqual(engine.left(), []);
  });

  it('are over when somebody else has stopped them', async () => {
    await begin();
    await until('answers');
    await served.operations.hosted('demo')?.stop();
    await watching;
  });
});
