import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { limitsOf } from '../../../src/contract/limits.ts';
import type { DebuggerEvent } from '../../../src/dev/debugger/debugged-program.ts';
import { Debugger } from '../../../src/dev/debugger/debugger.ts';
import { isError } from '../../../src/errors.ts';
import { Instance, type InstanceEvent } from '../../../src/hosting/instance.ts';
import { Scope } from '../../../src/scope.ts';
import { FakeEngine, type FakeEngineOptions, type Program, serving } from '../../support/fake-engine.ts';
import { instanceLog } from '../../support/instance-log.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

describe('a debugger', () => {
  let scope: Scope;
  let engine: FakeEngine;
  let made: Debugger;
  let told: EventTarget;
  let events: DebuggerEvent[];
  let serves: InstanceEvent[];
  beforeEach(() => {
    scope = new Scope();
    told = new EventTarget();
    events = [];
    serves = [];
  });
  afterEach(() => scope[Symbol.asyncDispose]());

  const until = async (what: DebuggerEvent['what'], times = 1): Promise<DebuggerEvent | undefined> => {
    const found = (): readonly DebuggerEvent[] => events.filter((event) => event.what === what);
    while (found().length < times) await once(told, 'event');
    return found()[times - 1];
  };

  /** An instance with a debugger in it. */
  const launch = async (
    program: Program,
    { waits = false, ...options }: Partial<FakeEngineOptions> & { waits?: boolean } = {},
  ): Promise<Instance> => {
    engine = scope.use(new FakeEngine({ images: { model: { program, environment: { PYTHONPATH: '/opt/lib' } } }, ...options }));
    const directory = scope.use(await temporaryDirectory());
    made = scope.use(
      await Debugger.open({
        port: 0,
        waits,
        directory: async () => directory.path,
        onEvent: (event) => {
          events.push(event);
          told.dispatchEvent(new Event('event'));
        },
      }),
    );
    const container = {
      ...{ image: 'model', command: ['serve'], environment: {}, hostname: 'model.aws.local', mounts: [] },
      labels: { 'sm-local.kind': 'endpoint', 'sm-local.host': 'i-1', 'sm-local.name': 'iris', 'sm-local.variant': 'A' },
    };
    const limits = limitsOf('serving', { ping: 0.02, 'ping-interval': 0.005, startup: 0.3 });
    const instance = new Instance(
      made.on(engine),
      { id: 'i-1', container, port: 8080 },
      {
        ...{ limits, startAttempts: 1, patience: 1, time: made.time },
        log: instanceLog(() => {}),
        onEvent: (event) => void serves.push(event),
      },
    );
    scope.defer(() => instance.stop(AbortSignal.abort()).catch(() => {}));
    return instance;
  };

  /** A server that answers its pings unless it is at a breakpoint, and has a debugger. */
  const halting =
    (state: { isHalted: boolean }): Program =>
    async (world) => {
      const adapter = net.createServer((socket) => void socket.on('error', () => {}).resume());
      await world.listen(adapter, 5678);
      world.write('sm-local: debugpy is listening on port 5678 (process 1)\n', 'stderr');
      return await serving((_request, response) => {
        if (!state.isHalted) response.end();
      })(world);
    };

  const attach = async (): Promise<net.Socket> => {
    const event = await until('listening');
    assert.ok(event?.what === 'listening');
    const [host, port] = event.address.split(':');
    const editor = net.connect(Number(port), host).on('error', () => {});
    scope.defer(() => editor.destroy());
    editor.write('Content-Length: 2\r\n\r\n{}');
    return editor;
  };

  it('is laid into the container, with the variables that lead to it, and no image is changed', async () => {
    const instance = await launch(halting({ isHalted: false }));
    await instance.launched;
    const [container] = engine.history;
    assert.equal(container?.spec.environment.PYTHONPATH, '/.sm-local-debugger:/opt/lib');
    assert.equal(container?.spec.patches?.length, 1);
    assert.equal(container?.spec.publish, undefined);
    const tar = await container?.getArchive('/.sm-local-debugger/sitecustomize.py');
    assert.match(tar ? await text(tar) : '', /debugpy\.listen/);
  });

  for (const isNative of process.platform === 'linux' ? [true, false] : [false]) {
    it(`is told of with its address, ${isNative ? 'here' : 'on an engine elsewhere'}`, async () => {
      await launch(halting({ isHalted: false }), { describe: { isNative } });
      const event = await until('listening');
      assert.ok(event?.what === 'listening');
      assert.deepEqual(
        { ...event, address: '' },
        { event: 'debugger', of: 'i-1', what: 'listening', kind: 'debugpy', address: '', isWaiting: false },
      );
      await attach();
      await until('attached');
    });
  }

  it('keeps an instance in rotation that does not answer its pings at a breakpoint, and lets it fall ill when nobody is attached', async () => {
    const state = { isHalted: false };
    const instance = await launch(halting(state));
    assert.deepEqual(await instance.launched, { outcome: 'Ready' });
    const editor = await attach();
    await until('attached');
    state.isHalted = true;
    await sleep(300); // twice what six pings take
    assert.notEqual(instance.upstream, undefined);
    editor.destroy();
    await until('detached');
    while (!serves.some(({ what }) => what === 'unhealthy')) await sleep(5);
    assert.equal(instance.upstream, undefined);
    assert.deepEqual(
      events.slice(1, 3).map((event) => 'limits' in event && event.limits),
      ['lifted', 'hold'],
    );
  });

  it('that is waited for holds the start-up window open', async () => {
    let goOn = (): void => {};
    const attached = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    const instance = await launch(
      async (world) => {
        await world.listen(
          net.createServer((socket) => void socket.on('error', () => {}).on('data', goOn)),
          5678,
        );
        world.write('sm-local: debugpy is listening on port 5678 (process 1)\n', 'stderr');
        await attached;
        return await serving((_request, response) => void response.end())(world);
      },
      { waits: true },
    );
    await until('listening');
    await sleep(400); // longer than the start-up window
    assert.equal(made.time.isHeld, true);
    const editor = await attach();
    assert.deepEqual(await instance.launched, { outcome: 'Ready' });
    editor.destroy();
    await until('detached');
    assert.equal(made.time.isHeld, false);
  });

  it('that the image has not got fails what runs, with the way out', async () => {
    const instance = await launch(async (world) => {
      world.write("sm-local: debugpy cannot be imported: No module named 'debugpy'\n", 'stderr');
      await once(world.ended, 'abort');
      return 0;
    });
    if (!made.failed.aborted) await once(made.failed, 'abort');
    assert.ok(isError(made.failed.reason, 'DebuggerMissing'));
    assert.match(made.failed.reason.remedy, /pip install debugpy/);
    await instance.stop(AbortSignal.abort()).catch(() => {});
    assert.ok(!events.some(({ what }) => what === 'absent'));
  });

  it('that does not come up is missed when the program ends', async () => {
    await launch(() => 1);
    const event = await until('absent');
    assert.deepEqual(event, { event: 'debugger', of: 'i-1', what: 'absent' });
  });
});
