import assert from 'node:assert/strict';
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { type Ended, runCommand } from '../support/command.ts';
import { sayNotRun } from '../support/private-engine.ts';
import { isInstalled } from '../support/programs.ts';
import { projectRoot } from '../support/real-engine.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../support/temporary-directory.ts';

describe('sm-local init', () => {
  let directory: TemporaryDirectory;
  beforeEach(async () => {
    directory = await temporaryDirectory();
  });
  afterEach(() => directory[Symbol.asyncDispose]());
  const at = (path: string): string => join(directory.path, path);
  const init = (...args: readonly string[]): Promise<Ended> => runCommand(['init', ...args], { cwd: directory.path, home: at('home') });

  it('makes a project by flags, and says which commands come next', async () => {
    const { code, out, err } = await init('my rides', '--template', 'python', '--name', 'rides');
    assert.equal(code, 0, err);
    assert.match(out, /^rides is in my rides: plain Python/);
    assert.match(out, /^ {2}train$/m);
    assert.match(out, /cd 'my rides'\n {2}sm-local check .*\n {2}sm-local train --name rides-1 .*\n {2}sm-local serve --model rides-1 /);
    assert.deepEqual(readdirSync(directory.path), ['my rides']);
    assert.match(readFileSync(at('my rides/sm-local.yaml'), 'utf8'), /name: rides$/m);
  });

  it('says the same as JSON', async () => {
    const { out } = await init('rides', '--template', 'r', '--no-tests', '--ci', '--json');
    const { event, name, template, files, directory: where } = JSON.parse(out) as Record<string, string> & { files: string[] };
    assert.deepEqual({ event, name, template, where }, { event: 'result', name: 'rides', template: 'r', where: at('rides') });
    assert.ok(files.includes('.github/workflows/test.yml') && !files.includes('test/package.json'), `${files}`);
  });

  it('reads no project file, also not one that it is to replace', async () => {
    await init('.', '--template', 'python');
    assert.equal((await init('.', '--template', 'node')).code, 2);
    const again = await init('.', '--template', 'node', '--force');
    assert.deepEqual([again.code, again.err], [0, '']);
  });

  it('without a terminal and without a template says what to give', async () => {
    const { code, err } = await init('rides');
    assert.equal(code, 2);
    assert.match(err, /sm-local init rides --template python\|scikit-learn\|node\|r/);
    assert.deepEqual(readdirSync(directory.path), []);
    assert.equal((await init('rides', '--yes')).code, 0);
    assert.equal((await init('other', '--template', 'ruby')).code, 2);
    assert.deepEqual(readdirSync(directory.path), ['rides']);
  });

  // Its options are those of Linux; elsewhere it takes others.
  if (process.platform !== 'linux' || !isInstalled('script')) sayNotRun('questions of init', 'they take the program script on Linux');
  else {
    it('asks on a terminal', async () => {
      const { child, until } = inTerminal();
      await until('Directory [.]: ');
      child.stdin.write('rides\r');
      await until('Template [1]: ');
      child.stdin.write('ruby\r');
      await until('There is no template "ruby".');
      child.stdin.write('4\r');
      await until('[Y/n] ');
      child.stdin.write('nah\rn\r\r'); // ahead of the questions
      await until('"nah" is neither yes nor no.');
      const [code] = await once(child, 'close');
      assert.equal(code, 0);
      const files = readdirSync(at('rides'));
      assert.ok(files.includes('train.R') && !files.includes('test') && !files.includes('.github'), `${files}`);
    });

    for (const [name, key, expected] of [
      ['Ctrl-C', '\x03', 130],
      ['Ctrl-D', '\x04', 2],
    ] as const) {
      it(`makes nothing after ${name}`, async () => {
        const { child, until } = inTerminal('rides');
        await until('Template [1]: ');
        child.stdin.write(key);
        const [code] = await once(child, 'close');
        assert.equal(code, expected);
        assert.deepEqual(readdirSync(directory.path), []);
      });
    }
  }

  /** The command in a terminal of the test's own. */
  function inTerminal(...args: readonly string[]): {
    readonly child: ChildProcessByStdio<Writable, Readable, null>;
    readonly until: (text: string) => Promise<void>;
  } {
    const words = [process.execPath, join(projectRoot, 'bin/sm-local.js'), 'init', ...args];
    const child = spawn('script', ['--quiet', '--return', '--command', words.join(' '), '/dev/null'], {
      cwd: directory.path,
      env: { ...process.env, TERM: 'xterm' },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    let seen = '';
    const changed = new EventTarget();
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      seen += chunk;
      changed.dispatchEvent(new Event('change'));
    });
    const until = (text: string): Promise<void> =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (seen.includes(text)) resolve();
        };
        changed.addEventListener('change', look);
        child.once('close', () => reject(new Error(`It ended without ${text}:\n${seen}`)));
        look();
      });
    return { child, until };
  }
});
