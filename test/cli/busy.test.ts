import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { whileBusy } from '../../src/cli/busy.ts';
import { testIo } from '../support/io.ts';

describe('what takes long', () => {
  const what = 'Removing what is left';

  it('is told of where no line can be written over: when it is seen to be long, and when it is over', async () => {
    const io = testIo({ cwd: '/' });
    const told = new EventTarget();
    const { write } = io.err;
    const err = { ...io.err, write: async (text: string | Buffer) => write(text).then(() => void told.dispatchEvent(new Event('told'))) };
    const untilTold = new Promise((resolve) => told.addEventListener('told', resolve, { once: true }));
    assert.equal(await whileBusy({ ...io, err }, { what, silence: 1 }, () => untilTold.then(() => 7)), 7);
    assert.match(io.printed().err, /^Removing what is left …\nRemoving what is left: over after [\d.]+ s\n$/);
  });

  it('moves in the last line of a terminal, and leaves nothing there', async () => {
    const io = testIo({ cwd: '/' });
    const shown: (string | undefined)[] = [];
    await new Promise<void>((resolve) => {
      const seen = new EventTarget();
      const twice = new Promise((both) => seen.addEventListener('twice', both, { once: true }));
      const showLast = (line: string | undefined): void => {
        shown.push(line);
        if (shown.length === 2) seen.dispatchEvent(new Event('twice'));
      };
      resolve(whileBusy({ ...io, err: { ...io.err, showLast } }, { what, silence: 1 }, () => twice).then(() => undefined));
    });
    assert.match(shown[0] ?? '', /^Removing what is left … [\d.]+ s$/);
    assert.equal(shown.at(-1), undefined);
    assert.equal(io.printed().err, '');
  });

  it('is not told of where it is short, or where events are printed, and not after it has failed', async () => {
    const io = testIo({ cwd: '/' });
    await whileBusy(io, { what }, async () => undefined);
    await whileBusy(io, { what, silence: 0, json: true }, () => sleep(5));
    await assert.rejects(
      whileBusy(io, { what }, () => Promise.reject(new Error('no'))),
      /no/,
    );
    assert.equal(io.printed().err, '');
  });
});
