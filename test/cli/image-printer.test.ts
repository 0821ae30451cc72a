import assert from 'node:assert/strict';
import { humanImagePrinter } from '../../src/cli/image-printer.ts';
import type { Io } from '../../src/cli/io.ts';
import type { ImageEvent } from '../../src/image.ts';

describe('what a build prints', () => {
  const commands = 'a\u001b[2Jb\bc\u202ed\u2066e\rf';

  function printed(event: ImageEvent): string {
    const texts: string[] = [];
    const sink = { write: async (text: string | Buffer) => void texts.push(String(text)), isTerminal: false, width: undefined };
    const io: Io = { out: sink, err: sink, env: {}, cwd: '/', color: false, now: () => new Date(0) };
    const printer = humanImagePrinter(io);
    printer.event(event);
    printer[Symbol.dispose]();
    return texts.join('');
  }

  for (const event of [
    { event: 'build', step: '1/2', message: commands },
    { event: 'build', step: '1/2', state: 'begun', message: `Step 1/2 : RUN ${commands}` },
    { event: 'note', message: commands },
    { event: 'warning', message: commands },
  ] as const) {
    it(`commands no terminal as ${event.event}${'state' in event ? ` that has ${event.state}` : ''}`, () => {
      const text = printed(event);
      assert.match(text, /ab\ufffdc\ufffdd\ufffde\ufffdf\n$/);
    });
  }
});
