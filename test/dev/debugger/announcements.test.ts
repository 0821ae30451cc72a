import assert from 'node:assert/strict';
import { type Announcement, Announcements } from '../../../src/dev/debugger/announcements.ts';

describe('what a container says of its debugger', () => {
  const heard = (...pieces: readonly string[]): readonly Announcement[] => {
    const announcements = new Announcements();
    return pieces.flatMap((piece) => announcements.in(Buffer.from(piece)));
  };
  const debugpy = 'sm-local: debugpy is listening on port 5678 (process 1)\n';

  it('is found among other lines', () => {
    assert.deepEqual(heard('starting\n', `one\n${debugpy}two\n`), [{ what: 'listening', kind: 'debugpy' }]);
    assert.deepEqual(heard('sm-local: the Node inspector is listening on port 9229 (process 7)\n'), [{ what: 'listening', kind: 'node' }]);
  });

  it('is found however it is cut', () => {
    for (let at = 1; at < debugpy.length; at += 1) {
      assert.deepEqual(heard(`a line\n${debugpy.slice(0, at)}`, debugpy.slice(at)), [{ what: 'listening', kind: 'debugpy' }], `at ${at}`);
    }
    assert.deepEqual(heard(...debugpy), [{ what: 'listening', kind: 'debugpy' }]);
  });

  it('names why there is none', () => {
    assert.deepEqual(heard("sm-local: debugpy cannot be imported: No module named 'debugpy'\n"), [
      { what: 'missing', why: "debugpy cannot be imported: No module named 'debugpy'" },
    ]);
    assert.deepEqual(heard('sm-local: the Node inspector cannot be opened: taken\n'), [
      { what: 'missing', why: 'the Node inspector cannot be opened: taken' },
    ]);
  });

  it('is not what only looks like it', () => {
    assert.deepEqual(heard(`I said: ${debugpy}`, 'sm-local: other news\n', 'sm-local'), []);
  });
});
