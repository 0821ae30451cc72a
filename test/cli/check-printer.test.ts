import assert from 'node:assert/strict';
import { checkPrinter } from '../../src/cli/check-printer.ts';
import type { Io } from '../../src/cli/io.ts';
import { testIo } from '../support/io.ts';

describe('what check prints while it looks', () => {
  const printerFor = (io: Io) => checkPrinter(io, { format: 'text', isJson: false, file: undefined, render: async () => '' });

  it('is a plain line for each trial where no line can be written over', () => {
    const io = testIo({ cwd: '/' });
    using printer = printerFor(io);
    printer.trial('training on the sample');
    printer.trial('serving the model');
    assert.deepEqual(io.printed(), { out: '', err: '… training on the sample\n… serving the model\n' });
  });

  it('is one line that is written over on a terminal', () => {
    const shown: (string | undefined)[] = [];
    const io = testIo({ cwd: '/' });
    const err = { ...io.err, isTerminal: true, showLast: (text: string | undefined) => void shown.push(text) };
    {
      using printer = printerFor({ ...io, err });
      printer.trial('serving the model');
    }
    assert.equal(io.printed().err, '');
    assert.match(shown[0] ?? '', /^… serving the model /);
    assert.equal(shown.at(-1), undefined);
  });
});
