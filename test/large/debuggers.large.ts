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

  for (const language of ['node', 'python'] as const) {
    it(`waits at each update of serve --watch in ${language}, on one port, with time limits lifted while somebody has attached`, async () => {
      const { base, program, files, open } = watched[language];
      await mkdir(join(place.path, name));
      const write = (file: string, content: string): Promise<void> => writeFile(join(place.path, name, file), content, { mode: 0o755 });
      const dockerfile = `ARG BASE_IMAGE\nFROM \${BASE_IMAGE}\nWORKDIR /opt/program\nENV PATH=/opt/program:\${PATH}\nCOPY ${Object.keys(files).join(' ')} ./\n`;
      await write('Dockerfile', dockerfile);
      for (const [file, content] of Object.entries(files)) await write(file, content);
      const limits = ['startup=4s', 'ping=300ms', 'ping-interval=200ms', 'invocation=1s'].flatMap((limit) => ['--limit', limit]);
      const debug = ['--watch', '--debug-wait', '--debug-port', '0', '--port', '0'];
      const endpoint = start(baseImageWith(base), 'serve', '.', '--name', 'it', '--build-arg', 'BASE_IMAGE', ...debug, ...limits);
      await endpoint.until(/which waits/);
      const address = addressIn(endpoint);
      await sleep(5000); // longer than the start-up window
      const line = await lineOf(program, 'answer =');
      const editor = await open(address, line);
      await endpoint.until(/InService at (\S+)/);
      const [, url = ''] = /InService at (\S+)/.exec(endpoint.output()) ?? [];
      const invoke = async (): Promise<string> => {
        const response = await fetch(`${url}/invocations`, { method: 'POST', body: 'x' });
        return `${response.status} ${await response.text()}`;
      };
      const first = invoke();
      await editor.halted();
      await sleep(3000); // longer than an invocation, and than six pings

      await write(program, files[program]?.replace("'one'", "'two'") ?? '');
      await endpoint.until(/which waits[\s\S]*which waits/);
      assert.equal(await first, '200 one'); // its editor is cut off, and it goes on
      assert.equal(await invoke(), '200 one');
      await sleep(5000); // longer than the start-up window
      const again = await open(address, line);
      await endpoint.until(/it answers with it, after/);
      await again.halted(); // by the last request, which is made again
      await sleep(3000);
      await again.goOn();
      await endpoint.until(/Invoked: 200[\s\S]*two/);
      again[Symbol.dispose]();
      await endpoint.until(/Debugger detached from \S+: time limits hold again\.\n(?![\s\S]*lifted)/);
      assert.equal(await invoke(), '200 two');
      endpoint.signal('SIGINT');
      const { code, err } = await endpoint.ended;
      assert.equal(code, 0, err);
      assert.doesNotMatch(err, /unhealthy|did not start/);
      assert.deepEqual(new Set([...err.matchAll(/attach to (\S+)/g)].map(([, at]) => at)), new Set([address]));
    });
  }

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

/** An editor that has a program halt at a line, as often as it comes there. */
interface Editor extends Disposable {
  halted(): Promise<unknown>;
  goOn(): Promise<void>;
}

interface Watched {
  /** Package of the base image. */
  readonly base: string;
  /** The file that answers. */
  readonly program: string;
  readonly files: Readonly<Record<string, string>>;
  /** Attaches, and has the program go on that waits for that. */
  readonly open: (address: string, line: number) => Promise<Editor>;
}

const watched: Readonly<Record<'node' | 'python', Watched>> = {
  node: {
    base: 'nodejs',
    program: 'serve.js',
    files: {
      serve: '#!/bin/sh\nexec node /opt/program/serve.js\n',
      'serve.js': `process.on('SIGTERM', () => process.exit(0));
require('node:http')
  .createServer((request, response) => {
    if (request.method === 'GET') return response.end();
    request.resume().on('end', () => {
      const answer = 'one';
      response.end(answer);
    });
  })
  .listen(8080, '0.0.0.0');
`,
    },
    async open(address, line) {
      const editor = await Inspector.attach(address);
      await editor.ask('Debugger.enable');
      await editor.ask('Debugger.setBreakpointByUrl', { lineNumber: line - 1, url: 'file:///opt/program/serve.js' });
      await editor.ask('Runtime.runIfWaitingForDebugger');
      return {
        halted: () => editor.paused(),
        goOn: async () => void (await editor.ask('Debugger.resume')),
        [Symbol.dispose]: () => editor[Symbol.dispose](),
      };
    },
  },
  python: {
    base: 'python3-debugpy',
    program: 'serve',
    files: {
      serve: `#!/usr/bin/env python3
import http.server
import signal
import sys

signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        answer = 'one'
        self.send_response(200)
        self.end_headers()
        self.wfile.write(answer.encode())


http.server.ThreadingHTTPServer(("0.0.0.0", 8080), Handler).serve_forever()
`,
    },
    async open(address, line) {
      const editor = new DebugAdapter(Number(address.split(':')[1]));
      await editor.attach('/opt/program/serve', [line]);
      let thread: number | undefined;
      return {
        async halted() {
          thread = (await editor.stopped()).thread;
        },
        goOn: async () => void (await editor.ask('continue', { threadId: thread })),
        [Symbol.dispose]: () => editor[Symbol.dispose](),
      };
    },
  },
};
