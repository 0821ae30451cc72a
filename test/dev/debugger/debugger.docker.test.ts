import assert from 'node:assert/strict';
import net from 'node:net';
import { startCommand } from '../../support/command.ts';
import { fixtureImage, fixtureTag, leftOf } from '../../support/real-engine.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../../support/temporary-directory.ts';

// A debugger that is real is in test/large/debuggers.large.ts.
describe('sm-local train --debug', function () {
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
});
