import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { keys, openTerminal, type PseudoTerminal } from './pseudo-terminal.ts';
import { temporaryDirectory } from './temporary-directory.ts';

describe('a pseudo-terminal', () => {
  const shell = (program: string, size = {}): PseudoTerminal =>
    openTerminal('/bin/sh', ['-c', program], { cwd: '/', env: { PATH: process.env.PATH }, ...size });

  it('shows what is printed as a person sees it, with its colours', async () => {
    await using terminal = shell(`printf '\\033[1;31mred\\033[0m plain\\r\\nwrong\\r\\033[Kright\\n'`, { width: 40, height: 5 });
    assert.equal(await terminal.ended, 0);
    assert.deepEqual(terminal.screen.rows, ['red plain', 'right']);
    assert.deepEqual(terminal.screen.spans[0], [{ text: 'red', color: 1, isBold: true }, { text: ' plain' }]);
    assert.deepEqual(terminal.screen.cursor, { row: 2, column: 0 });
  });

  it('keeps what has left the screen, and joins lines that went on in the next row', async () => {
    await using terminal = shell('seq 1 9; echo 1234567890ab', { width: 10, height: 4 });
    await terminal.ended;
    assert.deepEqual(terminal.screen.rows, ['9', '1234567890', 'ab']);
    assert.match(terminal.screen.text, /^1\n2\n(.*\n)*9\n1234567890ab$/);
    assert.equal(terminal.screen.allSpans.length, 11);
  });

  it('takes keys, and tells the program of another size', async () => {
    await using terminal = shell(`trap 'stty size' WINCH; read name; echo "hello $name"; read more; exit 7`);
    terminal.type('you\r');
    await terminal.until('hello you');
    terminal.resize(50, 20);
    await terminal.until('20 50');
    terminal.type('\r');
    assert.equal(await terminal.ended, 7);
  });

  it('has Ctrl-C interrupt, and tells which signal ended the program', async () => {
    await using terminal = shell('echo begun; exec sleep 60');
    await terminal.until('begun');
    terminal.type(keys.ctrlC);
    assert.equal(await terminal.ended, 130);
  });

  it('that is hung up sends SIGHUP once', async () => {
    await using directory = await temporaryDirectory();
    const file = join(directory.path, 'signals');
    await using terminal = shell(`trap 'echo HUP >> ${file}' HUP; echo begun; while [ ! -s ${file} ]; do sleep 0.01; done; sleep 0.1`);
    await terminal.until('begun');
    terminal.hangUp();
    assert.equal(await terminal.ended, 0);
    assert.equal(await readFile(file, 'utf8'), 'HUP\n');
  });

  it('says what is to be seen when the program ends before what was waited for', async () => {
    await using terminal = shell('echo begun; exit 3');
    await assert.rejects(terminal.until('never'), /It ended with 3 without never:\nbegun/);
  });

  it('kills its whole group when it goes, whatever that makes of signals', async () => {
    const terminal = shell('trap "" HUP INT TERM; echo begun; exec sleep 60');
    await terminal.until('begun');
    await assert.rejects(terminal.until('never', 0.05), /0\.05 s have passed without never:\nbegun/);
    await terminal[Symbol.asyncDispose]();
    assert.throws(() => process.kill(-terminal.pid, 0), { code: 'ESRCH' });
  });
});
