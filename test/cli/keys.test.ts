import assert from 'node:assert/strict';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isForegroundGroup, isForegroundState } from '../../src/cli/foreground.ts';
import { sayNotRun } from '../support/private-engine.ts';
import { isInstalled } from '../support/programs.ts';
import { keys, openTerminal, type PseudoTerminal } from '../support/pseudo-terminal.ts';

const here = dirname(fileURLToPath(import.meta.url));
const program = join(here, '../support/keys-program.js');

describe('a process is in the foreground', () => {
  it('when its group is that of its terminal, whatever its name', () => {
    assert.equal(isForegroundGroup('12 (a) b 3) S 1 12 10 34816 12 4194304'), true);
    assert.equal(isForegroundGroup('12 (node) S 1 12 10 34816 10 4194304'), false);
    assert.equal(isForegroundGroup(''), false);
  });

  it('when ps has a plus', () => {
    assert.deepEqual(['Ss+\n', 'S\n', ''].map(isForegroundState), [true, false, false]);
  });
});

if (process.platform === 'win32' || !isInstalled('bash')) sayNotRun('keys in a terminal', 'they are tried below bash');
else {
  describe('keys', function () {
    this.timeout(30_000);
    let terminal: PseudoTerminal;
    afterEach(() => terminal[Symbol.asyncDispose]());
    const run = (file: string, args: readonly string[]): void => {
      terminal = openTerminal(file, args, { cwd: here, env: { ...process.env, PS1: '$ ', NO_COLOR: '1', HISTFILE: undefined } });
    };
    /** In a shell, as people start it. */
    const shell = async (): Promise<void> => {
      run('bash', ['--norc', '--noprofile', '-i']);
      await terminal.until('$ ');
    };
    const isCooked = async (mark: string): Promise<void> => {
      terminal.type(`stty -a | grep -o ' icanon' && echo ${mark}-"cooked"\r`);
      await terminal.until(`${mark}-cooked`);
    };

    it('act at once, without Return and without showing', async () => {
      run(process.execPath, [program]);
      await terminal.until('a act · c crash · q quit');
      terminal.type('a\u001B[AA');
      await terminal.until(/acted\nacted/);
      terminal.type('q');
      assert.equal(await terminal.ended, 0);
      assert.doesNotMatch(terminal.bytes, /\[A|aacted/);
    });

    it('show which there are when another one is pressed', async () => {
      run(process.execPath, [program]);
      await terminal.until('begun');
      terminal.type('x');
      await terminal.until(/q quit[\s\S]*q quit/);
      terminal.type('q');
      assert.equal(await terminal.ended, 0);
    });

    it('leave Ctrl-C what it is: a signal, to everybody in the foreground', async () => {
      await shell();
      terminal.type(`trap 'echo "shell too"' INT; sh -c 'trap "echo neighbour" INT; ${process.execPath} ${program}; echo over'\r`);
      await terminal.until(/^begun/m);
      terminal.type(keys.ctrlC);
      await terminal.until('interrupt 1');
      terminal.type(keys.ctrlC);
      await terminal.until(/interrupt 2[\s\S]*neighbour[\s\S]*over/);
      await isCooked('a');
    });

    it('leave Ctrl-\\ what it is, and Ctrl-D nothing', async () => {
      await shell();
      terminal.type(`ulimit -c 0; ${process.execPath} ${program}\r`);
      await terminal.until(/^begun/m);
      terminal.type(`${keys.ctrlD}a`);
      await terminal.until('acted');
      terminal.type(keys.ctrlBackslash);
      await terminal.until('Quit');
      await isCooked('a');
    });

    it('let a terminal as they found it when the program crashes', async () => {
      await shell();
      terminal.type(`${process.execPath} ${program}\r`);
      await terminal.until(/^begun/m);
      terminal.type('c');
      await terminal.until(/as asked[\s\S]*\$ $/);
      await isCooked('a');
    });

    it('are given back while it is stopped, and taken again when it goes on in the foreground', async () => {
      await shell();
      terminal.type(`${process.execPath} ${program}\r`);
      await terminal.until(/^begun/m);
      terminal.type(keys.ctrlZ);
      await terminal.until('Stopped');
      await isCooked('a');
      terminal.type('fg\r');
      await terminal.until(/fg\n/);
      terminal.type('a');
      await terminal.until('acted');
      terminal.type(keys.ctrlZ);
      await terminal.until(/acted[\s\S]*Stopped/);
      terminal.type('bg; jobs\r');
      await terminal.until('Running');
      await isCooked('b');
      terminal.type('kill -INT %1; kill -INT %1\r');
      await terminal.until('interrupt 1');
      terminal.type('kill -INT %1\r');
      await terminal.until('quitting');
      terminal.type('wait; jobs; echo "no"-job\r');
      await terminal.until(/(?<!Stopped.*)\nno-job/);
    });

    it('do not stop a job in the background, which gets them in the foreground', async () => {
      await shell();
      terminal.type(`${process.execPath} ${program} &\r`);
      await terminal.until('begun');
      terminal.type('jobs\r');
      await terminal.until('Running');
      assert.doesNotMatch(terminal.screen.text, /q quit/);
      await isCooked('a');
      terminal.type('fg\r');
      await terminal.until('q quit');
      terminal.type('a');
      await terminal.until('acted');
      terminal.type('q');
      await terminal.until(/quitting\n\$ $/);
      await isCooked('b');
    });
  });
}
