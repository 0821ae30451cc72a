import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { viewOf } from '../../../src/check/evidence/first-process.ts';
import { HaltedProcess } from '../../../src/check/evidence/halted-process.ts';
import { hearsTerm, readTermSignal } from '../../../src/check/evidence/signals.ts';
import type { Engine, StartedContainer } from '../../../src/engine/engine.ts';
import { fail } from '../../../src/errors.ts';

describe('the first process of a container', () => {
  const status = (signals: Partial<Record<'SigBlk' | 'SigIgn' | 'SigCgt', string>>, state = 'S (sleeping)'): string => {
    const masks = Object.entries({ SigBlk: '0', SigIgn: '0', SigCgt: '0', ...signals });
    return `Name:\tpython3\nState:\t${state}\n${masks.map(([name, mask]) => `${name}:\t${mask.padStart(16, '0')}`).join('\n')}\n`;
  };

  it('hears SIGTERM where it has a handler, or waits for it as init processes do', () => {
    const seen = { SigCgt: '4a03', SigBlk: 'fffffffe7ffbfeff', SigIgn: '5000' };
    assert.deepEqual(readTermSignal(status({ SigCgt: '0000000000004a03' })), { program: 'python3', on: 'caught' });
    for (const [mask, bits] of Object.entries(seen)) {
      const signal = readTermSignal(status({ [mask]: bits }));
      assert.equal(signal && hearsTerm(signal), mask !== 'SigIgn', mask);
    }
    assert.equal(readTermSignal(status({ SigIgn: '1000', SigCgt: '2' }))?.on, 'default');
  });

  it('tells nothing of one that has ended', () => {
    assert.equal(readTermSignal(''), undefined);
    assert.equal(readTermSignal(status({ SigCgt: '4a03' }, 'Z (zombie)')), undefined);
  });

  it('is asked for once by a cat that the container has not', async () => {
    for (const answer of [{ code: 127, output: '' }, new Error('exec: "cat": executable file not found in $PATH')]) {
      let asked = 0;
      const exec = async () => {
        asked += 1;
        if (answer instanceof Error) throw fail('EngineFailed', { action: 'run cat in the container', message: answer.message });
        return answer;
      };
      const container = { inspect: async () => ({ running: true }), exec } as unknown as StartedContainer;
      const view = await viewOf({ describe: async () => ({ isNative: false }) } as unknown as Engine, container);
      assert.deepEqual([await view.read('status'), await view.read('status'), view.isHidden, asked], [undefined, undefined, true, 1]);
    }
  });

  it("is halted only where it is the container's, and goes on when nobody looks any more", async function () {
    if (process.platform !== 'linux') this.skip();
    const child = spawn('sleep', ['60']);
    try {
      await once(child, 'spawn');
      const { pid = 0 } = child;
      const state = () => /^State:\s*(\w)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
      const until = async (wanted: RegExp) => {
        while (!wanted.test(state() ?? '')) await new Promise(setImmediate);
      };
      assert.equal(
        HaltedProcess.begin(pid, 'a-container-that-is-no-more', () => {}),
        undefined,
      );
      {
        using halted = HaltedProcess.begin(pid, '/', () => {}); // each path of a control group has it
        assert.ok(halted);
        await until(/T/);
      }
      await until(/[SR]/);
    } finally {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
  });
});
