import assert from 'node:assert/strict';
import { debuggerLine, showDebugger } from '../../src/cli/debugger-news.ts';
import type { Io } from '../../src/cli/io.ts';
import type { DebuggerEvent } from '../../src/dev/debugger/debugged-program.ts';
import { checkJsonLines } from '../support/json-page.ts';

describe('news of a debugger', () => {
  const of = { event: 'debugger', of: 'algo-1' } as const;
  const listening: DebuggerEvent = { ...of, what: 'listening', kind: 'debugpy', address: '127.0.0.1:5678', isWaiting: true };
  const lines: readonly (readonly [DebuggerEvent, RegExp])[] = [
    [listening, /^Debugger: attach to 127\.0\.0\.1:5678 \(debugpy, algo-1\), which waits for you: time limits are lifted$/],
    [{ ...listening, kind: 'node', isWaiting: false }, /^Debugger: attach to 127\.0\.0\.1:5678 \(the Node inspector, algo-1\)$/],
    [{ ...of, what: 'attached', limits: 'lifted' }, /^Debugger attached to algo-1: time limits are lifted\.$/],
    [{ ...of, what: 'detached', limits: 'hold' }, /^Debugger detached from algo-1: time limits hold again\.$/],
    [{ ...of, what: 'detached', limits: 'lifted' }, /stay lifted, for another one\.$/],
    [{ ...of, what: 'absent', after: 10 }, /^Warning: After 10 s no debugger has come up in algo-1\./],
    [{ ...of, what: 'absent' }, /^Warning: No debugger has come up in algo-1\./],
  ];

  it('is a line for people', () => {
    const plain = { bold: (text: string) => text, yellow: (text: string) => text };
    for (const [event, line] of lines) assert.match(debuggerLine(event, plain), line);
  });

  it('is JSON as docs/json.md has it', () => {
    const written: string[] = [];
    const io = { out: { write: async (text: string) => void written.push(text) }, now: () => new Date() } as unknown as Io;
    const show = showDebugger(io, true);
    for (const [event] of lines) show(event);
    const out = written.join('');
    assert.equal(checkJsonLines('train', out).length, lines.length);
    checkJsonLines('serve', out);
  });
});
