import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { RequestListener } from 'node:http';
import { type LimitOverrides, limitsOf } from '../../src/contract/limits.ts';
import type { ContainerSpec } from '../../src/engine/engine.ts';
import { fail, isError } from '../../src/errors.ts';
import { Instance, type InstanceEvent, type InstanceOptions } from '../../src/hosting/instance.ts';
import { Scope } from '../../src/scope.ts';
import { FakeEngine, type FakeEngineOptions, type FakeImage, type Program, serving } from '../support/fake-engine.ts';
import { instanceLog } from '../support/instance-log.ts';

const healthy: RequestListener = (_request, response) => void response.end();

/** One behaviour after the other, the last one for good: a container each. */
const inTurn = (...programs: Program[]): Program => {
  let next = 0;
  return (world) => {
    next += 1;
    return (programs[next - 1] ?? programs.at(-1) ?? (() => 0))(world);
  };
};

const exiting =
  (code: number, says = ''): Program =>
  (world) => {
    world.write(says, 'stderr');
    return code;
  };

describe('an instance', () => {
  let scope: Scope;
  let engine: FakeEngine;
  let events: InstanceEvent[];
  let heard: (event: InstanceEvent) => void;
  let output: string;

  beforeEach(() => {
    scope = new Scope();
    events = [];
    output = '';
    heard = () => {};
  });
  afterEach(() => scope[Symbol.asyncDispose]());

  interface Given extends Omit<FakeEngineOptions, 'images'>, Partial<Pick<InstanceOptions, 'startAttempts'>> {
    readonly limits?: LimitOverrides;
  }

  const launch = (image: Program | FakeImage, { limits, startAttempts = 3, ...engineOptions }: Given = {}): Instance => {
    engine = scope.use(new FakeEngine({ images: { model: image }, ...engineOptions }));
    const container = { image: 'model', command: ['serve'], environment: {}, labels: { 'sm-local.kind': 'endpoint' }, mounts: [] };
    const instance = new Instance(
      engine,
      { id: 'i-1', container, port: 8080 },
      {
        limits: limitsOf('serving', limits),
        startAttempts,
        patience: 1,
        log: instanceLog((text) => {
          output += text;
        }),
        onEvent: (event) => {
          events.push(event);
          heard(event);
        },
      },
    );
    scope.defer(() => instance.stop(AbortSignal.abort()).catch(() => {}));
    return instance;
  };
  const until = (what: InstanceEvent['what'], times = 1): Promise<void> =>
    new Promise((resolve) => {
      const check = (): void => {
        if (events.filter((event) => event.what === what).length >= times) resolve();
      };
      heard = check;
      check();
    });
  const signals = (): readonly string[][] => engine.history.map(({ received }) => received);

  for (const isNative of process.platform === 'linux' ? [true, false] : [false]) {
    it(`is in rotation when its server is healthy, reached by ${isNative ? 'its own address' : 'a published port'}`, async () => {
      const instance = launch(serving(healthy), { describe: { isNative } });
      assert.equal(instance.upstream, undefined);
      assert.deepEqual(await instance.launched, { outcome: 'Ready' });
      await until('ready');
      assert.notEqual(instance.upstream, undefined);
      assert.equal(engine.history[0]?.spec.publish !== undefined, !isNative);
    });
  }

  it('leaves rotation, gets SIGTERM and is removed when it is stopped', async () => {
    const instance = launch(serving(healthy));
    await instance.launched;
    const stopped = instance.stop();
    assert.equal(instance.upstream, undefined);
    await stopped;
    assert.deepEqual(signals(), [['SIGTERM']]);
    assert.deepEqual(engine.left(), []);
  });

  const deaf: Program = async (world) => {
    void serving(healthy)(world);
    await once(world.ended, 'abort');
    return 0;
  };

  it('that ignores SIGTERM gets SIGKILL after the grace', async () => {
    const instance = launch(deaf, { limits: { 'stop-grace': 0.02 } });
    await instance.launched;
    await instance.stop();
    assert.deepEqual(signals(), [['SIGTERM', 'SIGKILL']]);
    assert.deepEqual(engine.left(), []);
  });

  it('does not get the rest of its grace when the stop turns hard', async () => {
    const hard = new AbortController();
    const instance = launch(deaf);
    await instance.launched;
    const stopped = instance.stop(hard.signal);
    hard.abort();
    await stopped;
    assert.deepEqual(engine.left(), []);
  });

  it('is handed everything its container prints, the last words too', async () => {
    const instance = launch(exiting(1, 'no model here\n'), { startAttempts: 1 });
    await instance.launched;
    assert.equal(output, 'no model here\n');
  });

  it('is not ready when its container cannot be started, in the engine’s own words', async () => {
    const launched = await launch({ program: 'exec: "serve": executable file not found in $PATH' }).launched;
    assert.equal(launched.outcome, 'NotStarted');
    assert.ok('error' in launched && isError(launched.error, 'NotStartable'));
    assert.match(launched.error.message, /exec: "serve": executable file not found in \$PATH/);
    assert.equal(engine.history.length, 1);
    assert.deepEqual(engine.left(), []);
  });

  it('is restarted when it exits during start-up', async () => {
    const launched = await launch(inTurn(exiting(1), exiting(2), serving(healthy)), { startAttempts: 2 }).launched;
    assert.deepEqual(launched, { outcome: 'Ready' });
    await until('ready');
    assert.deepEqual(
      events.map((event) => (event.what === 'restarting' ? event.pause : event.what)),
      ['started', 'exited', 0.2, 'started', 'exited', 0.4, 'started', 'ready'],
    );
  });

  it('is given up after as many exits with one code as it may have, and says that the cloud would go on', async () => {
    const launched = await launch(exiting(7), { startAttempts: 2 }).launched;
    assert.deepEqual(launched, { outcome: 'NotHealthy', exit: { code: 7, oomKilled: false } });
    assert.equal(engine.history.length, 2);
    const last = events.at(-1);
    assert.ok(last?.what === 'gave-up' && last.exits === 2);
    assert.match(last.message, /start-up window of 480 s/);
    assert.deepEqual(engine.left(), []);
  });

  it('that is never healthy is given up when the start-up window ends', async () => {
    const sick = serving((_request, response) => void response.writeHead(500).end());
    assert.deepEqual(await launch(sick, { limits: { startup: 0.1 } }).launched, { outcome: 'NotHealthy' });
    assert.deepEqual(signals(), [['SIGTERM']]);
    assert.deepEqual(engine.left(), []);
  });

  it('that keeps exiting is given up when the start-up window ends', async () => {
    const launched = await launch(exiting(7), { limits: { startup: 0.1 }, startAttempts: 100 }).launched;
    assert.equal(launched.outcome, 'NotHealthy');
    assert.deepEqual(engine.left(), []);
  });

  it('that dies leaves rotation and is replaced', async () => {
    const dying: Program = async (world) => {
      void serving(healthy)(world);
      await once(world.signals, 'signal');
      return 3;
    };
    const instance = launch(inTurn(dying, serving(healthy)));
    await until('ready');
    await engine.history[0]?.kill('SIGHUP');
    await until('exited');
    assert.equal(instance.upstream, undefined);
    assert.deepEqual(
      events.find(({ what }) => what === 'exited'),
      { what: 'exited', exit: { code: 3, oomKilled: false } },
    );
    await until('ready', 2);
    assert.notEqual(instance.upstream, undefined);
    assert.equal(engine.left().length, 1);
  });

  it('that is killed in rotation says so and is replaced; out of rotation it is left alone', async () => {
    const instance = launch(serving(healthy));
    await instance.kill();
    await until('ready');
    await instance.kill();
    await until('ready', 2);
    const course = events.flatMap(({ what }) => (what === 'killed' || what === 'exited' ? [what] : []));
    assert.deepEqual([course, signals()[0]?.[0]], [['killed', 'exited'], 'SIGKILL']);
    assert.equal(engine.left().length, 1);
  });

  it('that cannot be killed says why and goes on', async () => {
    const before = (action: string): void => {
      if (action === 'kill SIGKILL') throw fail('EngineFailed', { action: 'kill the container', message: 'out of order' });
    };
    const instance = launch(serving(healthy), { before });
    await until('ready');
    await instance.kill();
    assert.match(JSON.stringify(events.at(-1)), /trouble.*out of order/);
    assert.notEqual(instance.upstream, undefined);
  });

  it('that falls ill leaves rotation and is replaced', async () => {
    let isIll = false;
    const sickening = serving((_request, response) => void response.writeHead(isIll ? 500 : 200).end());
    const instance = launch(inTurn(sickening, serving(healthy)), { limits: { 'ping-interval': 0.001 } });
    await until('ready');
    isIll = true;
    await until('unhealthy');
    assert.equal(instance.upstream, undefined);
    await until('ready', 2);
    assert.equal(engine.left().length, 1);
  });

  it('is replaced again and again when the engine fails meanwhile', async () => {
    let creations = 0;
    const before = (action: string): void => {
      if (action !== 'create') return;
      creations += 1;
      if (creations === 2) throw fail('EngineFailed', { action: 'create a container', message: 'no space left on device' });
    };
    const dying: Program = async (world) => {
      void serving(healthy)(world);
      await once(world.signals, 'signal');
      return 3;
    };
    launch(inTurn(dying, serving(healthy)), { before });
    await until('ready');
    await engine.history[0]?.kill('SIGHUP');
    await until('ready', 2);
    assert.match(JSON.stringify(events.find(({ what }) => what === 'trouble')), /no space left/);
  });

  for (const action of ['create', 'attach', 'start', 'inspect']) {
    it(`leaves nothing behind when it is stopped during ${action}`, async () => {
      let stopped: Promise<void> | undefined;
      const before = (current: string): void => {
        if (current === action) stopped ??= instance.stop();
      };
      const instance: Instance = launch(serving(healthy), { before });
      assert.deepEqual(await instance.launched, { outcome: 'Stopped' });
      await stopped;
      assert.deepEqual(engine.left(), []);
    });

    it(`leaves nothing behind when the engine fails to ${action}`, async () => {
      const before = (current: string): void => {
        if (current === action) throw fail('EngineFailed', { action, message: 'out of order' });
      };
      const launched = await launch(serving(healthy), { before }).launched;
      assert.ok('error' in launched && isError(launched.error, 'EngineFailed'));
      assert.deepEqual(engine.left(), []);
    });
  }

  it('leaves nothing behind when it is stopped before it is healthy, gently', async () => {
    let asked = (): void => {};
    const isAsked = new Promise<void>((resolve) => {
      asked = resolve;
    });
    const instance = launch(serving(() => asked()));
    await isAsked;
    await instance.stop();
    assert.deepEqual(await instance.launched, { outcome: 'Stopped' });
    assert.deepEqual(signals(), [['SIGTERM']]);
    assert.deepEqual(engine.left(), []);
  });

  it('leaves nothing behind when it is stopped between two attempts', async () => {
    const instance = launch(exiting(1));
    await until('restarting');
    await instance.stop();
    assert.equal(engine.history.length, 1);
    assert.deepEqual(engine.left(), []);
  });

  it('tells whoever stops it that its container could not be removed', async () => {
    const before = (action: string, _spec: ContainerSpec): void => {
      if (action === 'remove') throw fail('EngineFailed', { action: 'remove the container', message: 'driver failed' });
    };
    const instance = launch(serving(healthy), { before });
    await instance.launched;
    await assert.rejects(instance.stop(), /driver failed/);
  });
});
