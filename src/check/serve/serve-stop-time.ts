import { elapsed } from '../../units.ts';
import { type Check, failed, passed, untested } from '../check.ts';
import { sources } from '../sources.ts';
import { toldStartUp } from './words.ts';

export const serveStopTime: Check = {
  name: 'serve-stop-time',
  area: 'serve',
  proves: 'it ends within 30 s of SIGTERM',
  severity: 'warning',
  needs: ['serve-sigterm'],
  source: sources.hosting,
  async look(on) {
    on.serving.examination.onTrial('stopping the server');
    await using trial = await on.serving.used();
    const grace = trial.plan.limits['stop-grace'];
    const stopped = trial.isReady ? await trial.stop(grace) : undefined;
    on.signal.throwIfAborted();
    if (!stopped) return untested(`A second container did not come up: ${toldStartUp(trial.startUp)}.`, undefined, trial.lastLines());
    const { took, exit } = stopped;
    if (took < grace)
      return passed(`It ended ${elapsed(took)} after SIGTERM with exit code ${exit.code}.`, { seconds: took, exitCode: exit.code });
    const text = `It had not ended ${elapsed(grace)} after SIGTERM and was killed, although nothing was under way.`;
    return failed(text, { remedy: 'Exit in the handler of SIGTERM when what is under way has ended.', evidence: trial.lastLines(5) });
  },
};
