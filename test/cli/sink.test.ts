import assert from 'node:assert/strict';
import { type FileHandle, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { descriptorSink, type Sink } from '../../src/cli/sink.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../support/temporary-directory.ts';
import { onTerminal } from '../support/terminal.ts';

describe('the last line of a terminal', () => {
  let directory: TemporaryDirectory;
  let file: FileHandle;
  let sink: Sink;
  beforeEach(async () => {
    directory = await temporaryDirectory();
    file = await open(join(directory.path, 'out'), 'w');
    sink = descriptorSink(file.fd, 'the terminal', { isTTY: true, columns: 20 });
  });
  afterEach(async () => {
    await file.close();
    await directory[Symbol.asyncDispose]();
  });

  async function shown(): Promise<readonly string[]> {
    await sink.write('');
    return onTerminal(await readFile(join(directory.path, 'out'), 'utf8'), 20);
  }

  it('is written over by the next one', async () => {
    sink.showLast?.('ten of ten');
    assert.deepEqual(await shown(), ['ten of ten']);
    sink.showLast?.('one');
    assert.deepEqual(await shown(), ['one']);
  });

  it('stays below whatever is written meanwhile, and goes when it is taken away', async () => {
    sink.showLast?.('half');
    await sink.write('first\n');
    await sink.write('second\nthird\n');
    assert.deepEqual(await shown(), ['first', 'second', 'third', 'half']);
    sink.showLast?.(undefined);
    await sink.write('fourth\n');
    assert.deepEqual(await shown(), ['first', 'second', 'third', 'fourth', '']);
  });

  it('does not tear a line that is written in pieces', async () => {
    sink.showLast?.('half');
    await sink.write('be');
    sink.showLast?.('more');
    await sink.write('gun\n');
    assert.deepEqual(await shown(), ['begun', 'more']);
  });

  it('does not reach the next line, however long it is', async () => {
    sink.showLast?.('a line that is much too long for this terminal');
    sink.showLast?.('another one that is much too long');
    assert.deepEqual(await shown(), ['another one that is']);
  });

  it('may be several, which go together and do not scroll away', async () => {
    sink = descriptorSink(file.fd, 'the terminal', { isTTY: true, columns: 20, rows: 4 });
    sink.showLast?.('one\ntwo');
    await sink.write('first\n');
    sink.showLast?.('three\nfour\nfive\nsix');
    await sink.write('second\n');
    assert.deepEqual(await shown(), ['first', 'second', 'three', 'four', 'five']);
    sink.showLast?.('seven');
    await sink.write('third\n');
    assert.deepEqual((await shown()).slice(0, 4), ['first', 'second', 'third', 'seven']);
  });

  it('is written once when many come before there was time for one', async () => {
    for (let count = 0; count < 100; count += 1) sink.showLast?.(`line ${count}`);
    assert.deepEqual(await shown(), ['line 99']);
    assert.equal((await readFile(join(directory.path, 'out'), 'utf8')).split('line').length, 2);
  });

  it('is not there where lines cannot be written over', () => {
    assert.equal(descriptorSink(file.fd, 'the terminal', { isTTY: true, isDumb: true }).showLast, undefined);
    assert.equal(descriptorSink(file.fd, 'the terminal', {}).showLast, undefined);
  });

  it('that takes no more says why when it is asked, and keeps nobody from going on', async () => {
    const full = await open('/dev/full', 'w');
    try {
      const broken = descriptorSink(full.fd, 'standard output');
      await broken.write('one');
      await broken.write('two');
      assert.match(broken.failure?.message ?? '', /^Could not write standard output: no space left on device/);
    } finally {
      await full.close();
    }
  });
});
