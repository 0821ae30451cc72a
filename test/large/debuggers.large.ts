import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Command, runCommand, startCommand } from '../support/command.ts';
import { DebugAdapter } from '../support/debug-adapter.ts';
import { Inspector } from '../support/inspector.ts';
import { baseImageWith, leftOf, testEngine } from '../support/real-engine.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../support/temporary-directory.ts';

/** Projects of `init` on images with a debugger that is real. */
describe('a debugger', function () {
  this.timeout(300_000);
  let place: TemporaryDirectory;
  let started: Command[];
  beforeEach(async () => {
    place = await temporaryDirectory();
    started = [];
  });
  afterEach(async () => {
    for (const command of started) command.signal('SIGKILL');
    await Promise.all(started.map(({ ended }) => ended));
    await runCommand(['clean'], { cwd: place.path, home: `${place.path}/home` });
    await testEngine().images.remove(`sm-local/${name}:latest`);
    assert.deepEqual(await leftOf(`${place.path}/home`), []);
    await place[Symbol.asyncDispose]();
  });

  const name = `debugged-${process.pid}`;
  const start = (base: string, ...args: readonly string[]): Command => {
    const command = startCommand(args, { cwd: join(place.path, name), home: `${place.path}/home`, env: { BASE_IMAGE: base } });
    started.push(command);
    return command;
  };
  const init = async (template: string): Promise<void> => {
    const made = await runCommand(['init', name, '--template', template], { cwd: place.path, home: `${place.path}/home` });
    assert.equal(made.code, 0, made.err);
  };
  const addressIn = (command: Command, of = ''): string =>
    new RegExp(`attach to (127\\.0\\.0\\.1:\\d+) \\(\\S+.*${of}`).exec(command.output())?.[1] ?? '';
  const portIn = (command: Command, of?: string): number => Number(addressIn(command, of).split(':')[1]);
  /** The first line of a file in which the text stands, from 1. */
  const lineOf = async (file: string, text: string): Promise<number> => {
    const lines = (await readFile(join(place.path, name, file), 'utf8')).split('\n');
    return lines.findIndex((line) => line.includes(text)) + 1;
  };

  it('halts a job of Python at a breakpoint for longer than it may run', async () => {
    await init('python');
    const job = start(baseImageWith('python3-debugpy'), 'train', '--debug-wait', '--debug-port', '0', '--max-run', '8s', '--name', 'one');
    await job.until(/which waits/);
    using editor = new DebugAdapter(portIn(job));
    await editor.attach('/opt/program/model.py', [await lineOf('model.py', 'gradient =')]);
    const { thread, frame } = await editor.stopped();
    assert.deepEqual([frame?.name, frame?.source.path], ['step', '/opt/program/model.py']);
    await sleep(9000); // longer than it may run
    await editor.ask('setBreakpoints', { source: { path: '/opt/program/model.py' }, breakpoints: [] });
    await editor.ask('continue', { threadId: thread });
    const { code, err } = await job.ended;
    assert.equal(code, 0, err);
  });

  it('has a port for each host', async () => {
    await init('python');
    const job = start(
      baseImageWith('python3-debugpy'),
      'train',
      '--debug-wait',
      '--debug-port',
      '0',
      '--instance-count',
      '2',
      '--name',
      'two',
    );
    await job.until(/algo-1\), which waits[\s\S]*algo-2\), which waits|algo-2\), which waits[\s\S]*algo-1\), which waits/);
    const editors = ['algo-1', 'algo-2'].map((host) => new DebugAdapter(portIn(job, host)));
    for (const editor of editors) await editor.attach('/opt/program/model.py', []);
    const { code, err } = await job.ended;
    assert.equal(code, 0, err);
    for (const editor of editors) editor[Symbol.dispose]();
  });

  it('halts a worker of gunicorn in the midst of an invocation, which waits, and the instance stays in service', async () => {
    const base = baseImageWith('python3-debugpy', 'python3-flask', 'gunicorn');
    await mkdir(join(place.path, name));
    for (const [file, content] of Object.entries(flaskProject)) await writeFile(join(place.path, name, file), content, { mode: 0o755 });
    const limits = ['ping=300ms', 'ping-interval=200ms', 'invocation=1s'].flatMap((limit) => ['--limit', limit]);
    const endpoint = start(base, 'serve', '.', '--build-arg', 'BASE_IMAGE', '--debug', '--debug-port', '0', '--port', '0', ...limits);
    await endpoint.until(/InService at (\S+)/);
    const [, url = ''] = /InService at (\S+)/.exec(endpoint.output()) ?? [];
    using master = new DebugAdapter(portIn(endpoint));
    await master.attach('/opt/program/app.py', []);
    const below = (await master.event('debugpyAttach')) as object;
    using worker = new DebugAdapter(portIn(endpoint));
    await worker.attach('/opt/program/app.py', [await lineOf('app.py', 'answer =')], below);
    const answer = fetch(`${url}/invocations`, { method: 'POST', body: 'abc', headers: { 'Content-Type': 'text/plain' } });
    const { thread, frame } = await worker.stopped();
    assert.equal(frame?.name, 'invocations');
    await sleep(3000); // longer than an invocation, and than six pings
    await worker.ask('continue', { threadId: thread });
    const { status, ...rest } = await answer;
    assert.equal(status, 200, JSON.stringify(rest));
    assert.doesNotMatch(endpoint.output(), /unhealthy|WORKER TIMEOUT/);
    worker[Symbol.dispose]();
    master[Symbol.dispose]();
    await endpoint.until(/Debugger detached from \S+: time limits hold again\./);
    endpoint.signal('SIGINT');
    assert.equal((await endpoint.ended).code, 0);
  });

  it('halts a job of Node at a breakpoint for longer than it may run', async () => {
    await init('node');
    const job = start(baseImageWith('nodejs'), 'train', '--debug-wait', '--debug-port', '0', '--max-run', '8s', '--name', 'one');
    await job.until(/which waits/);
    using editor = await Inspector.attach(addressIn(job));
    await editor.ask('Debugger.enable');
    const line = (await lineOf('model.js', 'gradient =')) - 1; // counted from 0
    await editor.ask('Debugger.setBreakpointByUrl', { lineNumber: line, url: 'file:///opt/program/model.js' });
    await editor.ask('Runtime.runIfWaitingForDebugger');
    const frame = await editor.paused();
    assert.deepEqual([frame?.functionName, frame?.location.lineNumber], ['step', line]);
    await sleep(9000); // longer than it may run
    await editor.ask('Debugger.disable');
    editor[Symbol.dispose]();
    const { code, err } = await job.ended;
    assert.equal(code, 0, err);
    assert.match(err, /Debugger detached from algo-1: time limits hold again\./);
  });
});

const flaskProject = {
  Dockerfile: `ARG BASE_IMAGE
FROM \${BASE_IMAGE}
ENV PATH=/opt/program:\${PATH} PYTHONUNBUFFERED=1
WORKDIR /opt/program
COPY serve app.py ./
`,
  serve: `#!/bin/sh
exec gunicorn --bind 0.0.0.0:8080 --workers 1 app:app
`,
  'app.py': `import flask

app = flask.Flask(__name__)


@app.get("/ping")
def ping():
    return ""


@app.post("/invocations")
def invocations():
    answer = flask.request.get_data()[::-1]
    return answer
`,
};
