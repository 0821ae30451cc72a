import { type Check, failed, passed, untested } from '../check.ts';
import { isSuccess, type TrainingTrial } from '../evidence/training-trial.ts';
import { sources } from '../sources.ts';
import { ending, factsOf, inTheCloud, tooLong } from './ending.ts';

export const trainExit: Check = {
  name: 'train-exit',
  area: 'train',
  proves: 'a training job ends by itself with exit code 0',
  severity: 'error',
  source: sources.trainingSignals,
  async look({ training }) {
    const { asAsked, trial, without } = await training.plain();
    if (trial.cut === 'limit') return tooLong(await training.limit(), trial);
    if (isSuccess(trial)) {
      const variant = without.length === 0 ? '' : `, without ${without.join(' and ')}`;
      return passed(`The job ended with exit code 0 after ${trial.took.toFixed(1)} s${variant}.`, factsOf(trial));
    }
    const text = `The job ${ending(asAsked)}.${inTheCloud(asAsked)}`;
    if (training.isMadeUp && mayBeTheData(asAsked)) {
      return untested(
        `${text} Its data was made up: a small CSV of numbers, label first. Whether that or the program is why cannot be told.`,
        'Give it data that it can learn from, and hyperparameters that it needs: --input train=./data --hp epochs=1',
        asAsked.lastLines,
      );
    }
    const remedy = remedyFor(asAsked);
    return failed(text, { remedy, evidence: asAsked.lastLines }, factsOf(asAsked));
  },
};

/** An ordinary exit code whose last words are about nothing that would go wrong with every data. */
const mayBeTheData = ({ exit, lastLines }: TrainingTrial): boolean =>
  exit !== undefined && exit.code < 126 && !exit.oomKilled && !lastLines.some((line) => neverTheData.test(line));

/** Programs and libraries that are not there, or cannot be read. */
const neverTheData =
  /\b(ModuleNotFoundError|ImportError|SyntaxError|IndentationError|NoClassDefFoundError|ClassNotFoundException|UnsatisfiedLinkError)\b|No module named|Cannot find module|there is no package called|command not found|error while loading shared libraries|cannot open shared object file|exec format error|Permission denied: '\/opt\/ml|EACCES.*\/opt\/ml/;

function remedyFor({ exit }: TrainingTrial): string {
  if (exit?.code === 127)
    return 'SageMaker starts the image with the argument train: have a program of that name on its PATH, or an ENTRYPOINT that takes it.';
  if (exit?.code === 126)
    return 'Make the program executable (chmod +x), and have its first line name an interpreter that is in the image.';
  if (exit?.oomKilled) return 'Give the engine more memory, or the job less data: --input train=./sample';
  return 'See why in the last lines of its output; sm-local train <image> runs the same job with all of it.';
}
