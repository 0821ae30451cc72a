import type { Io } from '../../src/cli/io.ts';
import type { Sink } from '../../src/cli/sink.ts';

/** Surroundings of a command that a test hands in, and what the command has printed so far. */
export interface TestIo extends Io {
  printed(): { readonly out: string; readonly err: string };
}

export function testIo(given: { readonly cwd: string; readonly env?: Io['env']; readonly width?: number }): TestIo {
  const printed = { out: '', err: '' };
  const sink = (name: keyof typeof printed): Sink => ({
    async write(text) {
      printed[name] += String(text);
    },
    isTerminal: false,
    width: given.width,
  });
  return {
    out: sink('out'),
    err: sink('err'),
    env: given.env ?? {},
    cwd: given.cwd,
    color: false,
    now: () => new Date(),
    printed: () => ({ ...printed }),
  };
}
