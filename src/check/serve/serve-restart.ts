import { elapsed } from '../../units.ts';
import { type Check, failed, passed } from '../check.ts';
import { sources } from '../sources.ts';
import { toldStartUp } from './words.ts';

export const serveRestart: Check = {
  name: 'serve-restart',
  area: 'serve',
  proves: 'the same container starts again after it was killed',
  severity: 'warning',
  needs: ['serve-ping'],
  source: sources.hosting,
  async look(on) {
    on.serving.examination.onTrial('killing and starting again');
    const trial = await on.serving.used();
    if (!trial.isReady) return failed(`Of a second container, ${toldStartUp(trial.startUp)}.`, { remedy, evidence: trial.lastLines() });
    const startUp = await trial.startAgain();
    if (startUp.state === 'ready') {
      await on.serving.leave(trial);
      return passed(`Killed and started again, it serves after ${elapsed(startUp.after)}.`);
    }
    return failed(`Killed and started again, ${toldStartUp(startUp)}.`, { remedy, evidence: trial.lastLines() });
  },
};

const remedy = 'Let the start do without what the last run left, and get over it: PID files, sockets, unpacked or moved files.';
