import assert from 'node:assert/strict';
import type { Io } from '../../src/cli/io.ts';
import { humanPrinter } from '../../src/cli/job-printer.ts';
import { humanServePrinter } from '../../src/cli/serve-printer.ts';
import type { ProgressEvent } from '../../src/progress.ts';

describe('progress', () => {
  const megabyte = 1_000_000;

  /** An `Io` whose texts for people are kept, with a clock that a test moves. */
  function surroundings(isTerminal: boolean) {
    const texts: string[] = [];
    const last: (string | undefined)[] = [];
    let seconds = 0;
    const sink = { write: async (text: string | Buffer) => void texts.push(String(text)), isTerminal, width: isTerminal ? 80 : undefined };
    const err = isTerminal ? { ...sink, showLast: (line: string | undefined) => void last.push(line) } : sink;
    const io: Io = { out: sink, err, env: {}, cwd: '/', color: false, now: () => new Date(seconds * 1000) };
    const of = (event: Partial<ProgressEvent>): ProgressEvent => ({
      event: 'progress',
      what: 'Pulling iris',
      state: 'running',
      done: 0,
      unit: 'bytes',
      ...event,
    });
    const at = (time: number): void => {
      seconds = time;
    };
    return { io, texts, last, of, at };
  }

  for (const [command, printerOf] of [
    ['train', humanPrinter],
    ['serve', (io: Io) => humanServePrinter(io, 30)],
  ] as const) {
    it(`of ${command} is a line at the beginning, one every five seconds, and one at the end, where lines cannot be written over`, () => {
      const { io, texts, of, at } = surroundings(false);
      const printer = printerOf(io);
      printer.event(of({ state: 'begun' }));
      for (let time = 0.2; time < 12; time += 0.2) {
        at(time);
        printer.event(of({ done: Math.round(time * megabyte), total: 12 * megabyte, rate: megabyte }));
      }
      at(12);
      printer.event(of({ state: 'done', done: 12 * megabyte, total: 12 * megabyte }));
      assert.equal(texts.length, 4, texts.join(''));
      assert.equal(texts[0], 'Pulling iris …\n');
      assert.match(texts[1] ?? '', /^Pulling iris: 5\.\d MB of 12\.0 MB \(4\d %\), 1\.0 MB\/s\n$/);
      assert.equal(texts[3], 'Pulling iris: done, 12.0 MB in 12 s\n');
    });

    it(`of ${command} is one line that is written over on a terminal, and a last one that stays`, () => {
      const { io, texts, last, of, at } = surroundings(true);
      const printer = printerOf(io);
      printer.event(of({ state: 'begun' }));
      printer.event(of({ done: megabyte }));
      printer.event(of({ done: 2 * megabyte, rate: 500_000 }));
      at(2);
      printer.event(of({ state: 'done', done: 2 * megabyte }));
      assert.deepEqual(last, ['Pulling iris …', 'Pulling iris: 1.0 MB', 'Pulling iris: 2.0 MB, 500.0 KB/s', undefined]);
      assert.deepEqual(texts, ['Pulling iris: done, 2.0 MB in 2.0 s\n']);
    });
  }

  it('of something with a long name keeps its figures in a narrow terminal', () => {
    const { io, last, of } = surroundings(true);
    const name = `000000000000.dkr.ecr.us-east-1.amazonaws.com/${'team/'.repeat(10)}iris:1`;
    const figures = { done: megabyte, total: 2 * megabyte, rate: megabyte };
    humanPrinter(io).event(of({ what: `Pulling ${name}`, ...figures }));
    assert.equal(last[0]?.length, 79);
    assert.match(last[0] ?? '', /^Pulling ….*\/iris:1: 1\.0 MB of 2\.0 MB \(50 %\), 1\.0 MB\/s$/);
  });

  it('of what fails takes its line away and leaves the rest to the error', () => {
    const { io, texts, last, of } = surroundings(true);
    const printer = humanPrinter(io);
    printer.event(of({ state: 'begun' }));
    printer.event(of({ state: 'failed' }));
    assert.deepEqual([last.at(-1), texts], [undefined, []]);
  });

  it('may count other things than bytes', () => {
    const { io, texts, of } = surroundings(false);
    const printer = humanPrinter(io);
    printer.event(of({ what: 'Copying train', state: 'begun', unit: 'files' }));
    printer.event(of({ what: 'Copying train', state: 'done', done: 12, unit: 'files' }));
    assert.equal(texts.at(-1), 'Copying train: done, 12 files in 0.0 s\n');
  });
});
