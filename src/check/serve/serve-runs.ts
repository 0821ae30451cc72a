import { elapsed } from '../../units.ts';
import { type Check, type Finding, failed, inapplicable, passed, untested } from '../check.ts';
import { findProgram } from '../evidence/find-program.ts';
import type { ServingTrial } from '../evidence/serving-trial.ts';
import type { StartUp } from '../evidence/start-up.ts';
import { sources } from '../sources.ts';
import type { Subject } from '../subject.ts';
import { howToGiveModel, lacksModel } from './sample.ts';

export const serveRuns: Check = {
  name: 'serve-runs',
  area: 'serve',
  proves: 'the container goes on running when it is started with serve',
  severity: 'error',
  source: sources.hosting,
  async look(on) {
    const trial = await on.serving.main();
    const { startUp } = trial;
    if (startUp.state === 'not-startable')
      return failed(startUp.why, 'Let ENTRYPOINT, or a program "serve" on the PATH, start the server.');
    if (startUp.state === 'ended') return await ended(on, trial, startUp);
    return passed('The container runs when it is started with serve.');
  },
};

async function ended(on: Subject, trial: ServingTrial, { exit, after, hasListened }: StartUp & { state: 'ended' }): Promise<Finding> {
  const how = exit.oomKilled ? 'was killed for want of memory' : `ended with exit code ${exit.code}`;
  const text = `The container ${how}, ${elapsed(after)} after it was started with serve.`;
  const evidence = trial.lastLines();
  if (!hasListened && (await isOfAnotherPart(on, trial, exit.code))) {
    return inapplicable(`${text} It was not made to serve, as it seems; if it should: --serve.`);
  }
  if (lacksModel(trial)) return untested(`${text} /opt/ml/model was empty, as no model is known.`, howToGiveModel, evidence);
  const remedy =
    exit.code === 0
      ? 'Keep the server in the foreground as the first process: SageMaker takes its end for the end of the container.'
      : 'See its last lines, and try it: docker run --rm IMAGE serve.';
  return failed(text, { remedy, evidence }, { exitCode: exit.code, seconds: after });
}

/**
 * A training program that is its image's ENTRYPOINT is started by any argument. It says that it is no server by ending well, by looking for what
 * only jobs have, or by not knowing the command.
 */
async function isOfAnotherPart(on: Subject, trial: ServingTrial, code: number): Promise<boolean> {
  const { image, request } = on;
  if (request.parts.includes('serve') || image.entrypoint === undefined || (await hasServe(on))) return false;
  if (code === 0) return true;
  return (
    trial.mentions(/\/opt\/ml\/input\//) || (code === 2 && trial.mentions(/usage:|unrecognized arguments|invalid choice|no such command/i))
  );
}

const hasServe = async (on: Subject): Promise<boolean> => findProgram(await on.content(), on.image, 'serve').state !== 'missing';
