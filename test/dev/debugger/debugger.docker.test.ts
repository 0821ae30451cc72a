import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import net from 'node:net';
import { join } from 'node:path';
import { startCommand } from '../../support/command.ts';
import { baseImage, fixtureImage, fixtureTag, leftOf, projectRoot, testEngine, testLabels } from '../../support/real-engine.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../../support/temporary-directory.ts';

// A debugger that is real is in test/large/debuggers.large.ts.
describe('sm-local with --debug', function () {
  this.timeout(60_000);
  let place: TemporaryDirectory;
  beforeEach(async () => {
    place = await temporaryDirectory();
  });
  afterEach(() => place[Symbol.asyncDispose]());
  const start = (...args: readonly string[]) => startCommand(['train', ...args], { cwd: place.path, home: `${place.path}/home` });

  it('has a program wait for a debugger, and run as long as one is attached', async () => {
    await fixtureImage('debugged');
    const job = start(fixtureTag('debugged'), '--debug-wait', '--debug-port', '0', '--max-run', '5s', '--name', 'stopped');
    await job.until(/attach to \S+ \(debugpy, algo-1\), which waits/);
    const [, port = ''] = /attach to 127\.0\.0\.1:(\d+)/.exec(job.output()) ?? [];
    const editor = net.connect(Number(port), '127.0.0.1');
    editor.write('Content-Length: 2\r\n\r\n{}');
    const { code, err } = await job.ended;
    assert.equal(code, 0, err);
    editor.destroy();
    const lines = err.split('\n').flatMap((line) => /^algo-1 \| (.*)/.exec(line)?.[1] ?? []);
    assert.deepEqual(lines, [
      'a one-liner',
      'sm-local: debugpy is listening on port 5678 (process 1)',
      'PYTHONPATH /opt/program/lib sys.path []',
      'waits None sitecustomize the image',
      'below False',
      'done',
    ]);
    assert.match(err, /Debugger attached to algo-1: time limits are lifted\./);
    assert.deepEqual(await leftOf(`${place.path}/home`), []);
  });

  it('ends a job whose image has no debugger, and says how it gets one', async () => {
    await fixtureImage('train-handles-sigterm');
    const { code, err } = await start(fixtureTag('train-handles-sigterm'), '--debug', '--name', 'without').ended;
    assert.equal(code, 1, err);
    assert.match(
      err,
      /There is no debugger in algo-1: debugpy cannot be imported: No module named 'debugpy'[\s\S]*RUN pip install debugpy/,
    );
    assert.deepEqual(await leftOf(`${place.path}/home`), []);
  });

  for (const command of ['train', 'serve'] as const) {
    it(`with ${command} --watch waits for the change that brings the debugger in, on the same port each time`, async () => {
      const app = `app-${process.pid}`;
      const label = Object.entries(testLabels).map(([key, value]) => `LABEL ${key}=${value}`);
      const write = (name: string, content: string): Promise<void> => writeFile(join(place.path, app, name), content, { mode: 0o755 });
      const dockerfile = (more = ''): string =>
        `FROM ${baseImage()}\n${label}\nENV PYTHONUNBUFFERED=1\nCOPY ${command} /usr/local/bin/\n${more}`;
      const program = (version: string): string => `#!/usr/bin/env python3\n${programs[command].replace('VERSION', version)}`;
      await mkdir(join(place.path, app));
      await Promise.all([write('Dockerfile', dockerfile()), write(command, program('first'))]);
      const args = [...(command === 'serve' ? ['--port', '0'] : []), '--watch', '--debug', '--debug-port', '0', '--name', 'it'];
      const watching = startCommand([command, `./${app}`, ...args], { cwd: place.path, home: `${place.path}/home` });
      await watching.until(/There is no debugger in \S+: debugpy cannot be imported[\s\S]*RUN pip install debugpy/);
      await watching.until(command === 'serve' ? /Nothing serves yet; the next change is tried/ : /Waiting for a change/);
      const debugpy = await readFile(join(projectRoot, 'fixtures/images/debugged/lib/debugpy.py'), 'utf8');
      await write('debugpy.py', debugpy);
      await write('Dockerfile', dockerfile('COPY debugpy.py /opt/lib/\nENV PYTHONPATH=/opt/lib\n'));
      await watching.until(/attach to \S+ \(debugpy/);
      await watching.until(programs.over[command]);
      await write(command, program('second'));
      await watching.until(/second[\s\S]*attach to|attach to[\s\S]*attach to[\s\S]*second/);
      watching.signal('SIGINT');
      const { err } = await watching.ended;
      assert.doesNotMatch(err, /quit/); // there are no keys
      const [one, other] = [...err.matchAll(/attach to (\S+)/g)].map(([, address]) => address);
      assert.ok(one !== undefined && one === other, err);
      assert.deepEqual(await leftOf(`${place.path}/home`), []);
      for (const { id } of await testEngine().images.list(testLabels)) await testEngine().images.remove(id);
    });
  }
});

const programs = {
  train: "import time\nprint('VERSION')\ntime.sleep(2)  # long enough to be attached to\n",
  serve: `import http.server, signal, sys
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
print('VERSION')
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
http.server.ThreadingHTTPServer(('0.0.0.0', 8080), Handler).serve_forever()
`,
  over: { train: /Waiting for a change[\s\S]*first[\s\S]*Waiting for a change/, serve: /it answers with it/ },
};
