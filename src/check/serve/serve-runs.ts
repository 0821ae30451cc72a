import { elapsed } from '../../units.ts';
import { type Check, type Finding, failed, inapplicable, passed, untested } from '../check.ts';
import { findProgram } from '../evidence/find-program.ts';
import type { ServingTrial } from '../evidence/serving-trial.ts';
import type { StartUp } from '../evidence/start-up.ts';
import { isSuccess } from '../evidence/training-trial.ts';
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
  const ofServers =
    exit.code === 0
      ? 'Keep the server in the foreground as the first process: SageMaker takes its end for the end of the container.'
      : 'See its last lines, and try it: docker run --rm IMAGE serve.';
  const remedy = on.request.parts.includes('serve') ? ofServers : `${ofServers} An image that only trains: --train.`;
  return failed(text, { remedy, evidence }, { exitCode: exit.code, seconds: after });
}

/**
 * A training program that is its image's ENTRYPOINT is started by any argument. It says that it is no server by ending well, where a job of it left
 * something, by looking for what only jobs have, or by not knowing the command. An image that does not train either should serve.
 */
async function isOfAnotherPart(on: Subject, trial: ServingTrial, code: number): Promise<boolean> {
  const { image, request } = on;
  if (request.parts.includes('serve') || image.entrypoint === undefined || (await hasServe(on))) return false;
  if ((await on.whyNot('train')) !== undefined) return false;
  if (code === 0) return await hasTrained(on);
  return (
    trial.mentions(/\/opt\/ml\/input\//) ||
    (usageCodes.includes(code) && trial.mentions(/usage:|unrecognized arguments|invalid choice|no such command/i))
  );
}

/** Of a command line that is not understood: argparse and getopt end with 2; the other is EX_USAGE of sysexits.h. */
const usageCodes: readonly number[] = [2, 64];

async function hasTrained({ training }: Subject): Promise<boolean> {
  const { trial } = await training.plain();
  const isLeft = trial.model.length > 0 || trial.output.some(({ path }) => path.startsWith('data/'));
  return isSuccess(trial) && isLeft;
}

const hasServe = async (on: Subject): Promise<boolean> => findProgram(await on.content(), on.image, 'serve').state !== 'missing';
