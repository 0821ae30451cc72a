import { elapsed } from '../../units.ts';
import { type Check, failed, passed } from '../check.ts';
import { sources } from '../sources.ts';
import { told } from './words.ts';

export const serveRestart: Check = {
  name: 'serve-restart',
  area: 'serve',
  proves: 'the same container starts again after it was killed',
  severity: 'error',
  needs: ['serve-ping'],
  source: sources.hosting,
  async look(on) {
    on.serving.examination.onTrial('killing and starting again');
    await using trial = await on.serving.another();
    if (!trial.isReady) return failed('A second container did not come up.', { remedy, evidence: trial.lastLines() });
    const startUp = await trial.startAgain();
    if (startUp.state === 'ready') return passed(`Killed and started again, it serves after ${elapsed(startUp.after)}.`);
    const how =
      startUp.state === 'ended'
        ? `the container ended with exit code ${startUp.exit.code}`
        : startUp.state === 'unhealthy'
          ? `GET /ping was answered with ${told(startUp.last)}`
          : 'the server did not come up';
    return failed(`Killed and started again, ${how}.`, { remedy, evidence: trial.lastLines() });
  },
};

const remedy = 'Let the start do without what the last run left, and get over it: PID files, sockets, unpacked or moved files.';
