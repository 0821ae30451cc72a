import { type Check, failed, passed, untestedHere } from '../check.ts';
import { isShellProcess } from '../evidence/shells.ts';
import { hearsTerm, termSignalOf } from '../evidence/signals.ts';
import { sources } from '../sources.ts';

export const serveSigterm: Check = {
  name: 'serve-sigterm',
  area: 'serve',
  proves: 'the server hears SIGTERM',
  severity: 'warning',
  needs: ['serve-ping'],
  source: sources.hosting,
  async look(on) {
    const container = await (await on.serving.main()).container();
    const signal = container && (await termSignalOf(on.emulator.engine, container));
    if (!signal) return untestedHere('There is no way to see what the first process does about SIGTERM.');
    if (hearsTerm(signal)) return passed(`The first process, ${signal.program}, takes SIGTERM.`);
    const text = `The first process, ${signal.program}, does not take SIGTERM, so that the container is killed 30 s later and what runs is lost.`;
    const remedy = isShellProcess(signal.program)
      ? 'Begin the last command of the script with exec, so that the server is the first process.'
      : 'Handle SIGTERM: end what is under way, then exit.';
    return failed(text, remedy, { program: signal.program });
  },
};
