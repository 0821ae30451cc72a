import assert from 'node:assert/strict';
import { humanImagePrinter } from '../../src/cli/image-printer.ts';
import type { Io } from '../../src/cli/io.ts';
import { humanPrinter } from '../../src/cli/job-printer.ts';
import { humanServePrinter } from '../../src/cli/serve-printer.ts';
import type { BuildEvent } from '../../src/progress.ts';
import { type TestIo, testIo } from '../support/io.ts';

describe('steps of a build that were there already', () => {
  const begun = (step: string): BuildEvent => ({ event: 'build', step, state: 'begun', message: `Step ${step} : RUN ${step}` });
  const cached = (step: string): BuildEvent => ({ event: 'build', step, state: 'cached', message: `Step ${step} cached` });
  const printed = (step: string): BuildEvent => ({ event: 'build', step, message: `output of ${step}` });
  const half = [begun('1/3'), cached('1/3'), begun('2/3'), cached('2/3'), begun('3/3'), printed('3/3')];
  const note = { event: 'note', message: 'and on' } as const;

  const printers: Readonly<Record<string, (io: Io) => { event(event: BuildEvent | typeof note): void }>> = {
    build: humanImagePrinter,
    train: (io) => humanPrinter(io),
    serve: (io) => humanServePrinter(io, 1),
  };
  const shown = (command: string, events: readonly (BuildEvent | typeof note)[], level?: 'verbose'): string => {
    const io: TestIo = testIo({ cwd: '/' });
    const printer = printers[command]?.({ ...io, ...(level && { level }) });
    for (const event of events) printer?.event(event);
    if (printer && Symbol.dispose in printer) (printer as unknown as Disposable)[Symbol.dispose]();
    return io.printed().err;
  };

  for (const command of Object.keys(printers)) {
    it(`are one line of ${command}, before what is done`, () => {
      const text = shown(command, half);
      assert.match(text, /^(build \| )?2 steps were cached\n(build \| )?Step 3\/3 : RUN 3\/3\n.*output of 3\/3\n$/);
    });

    it(`are one line of ${command} when all of them were`, () => {
      assert.match(shown(command, [begun('1/1'), cached('1/1'), note]), /^(build \| )?1 step was cached\nand on\n$/);
    });

    it(`are all shown by ${command} --verbose`, () => {
      const text = shown(command, half, 'verbose');
      assert.doesNotMatch(text, /cached\n/);
      for (const step of ['1/3', '2/3', '3/3']) assert.ok(text.includes(`Step ${step} : RUN ${step}\n`), text);
    });
  }
});
