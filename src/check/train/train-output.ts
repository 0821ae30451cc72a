import { type Check, failed, passed } from '../check.ts';
import { sources } from '../sources.ts';

export const trainOutput: Check = {
  name: 'train-output',
  area: 'train',
  proves: 'whatever is left in /opt/ml/output is where it is uploaded from',
  severity: 'warning',
  needs: ['train-exit'],
  source: sources.trainingOutput,
  async look({ training }) {
    const { output } = (await training.plain()).trial;
    const lost = output.filter(({ kind, path }) => kind !== 'directory' && !isKept(path)).map(({ path }) => `/opt/ml/output/${path}`);
    if (lost.length === 0) return passed('Nothing in /opt/ml/output is lost.');
    return failed(
      `Only /opt/ml/output/data is uploaded, as output.tar.gz; lost ${lost.length === 1 ? 'is' : 'are'} ${lost.slice(0, 10).join(', ')}${lost.length > 10 ? ` and ${lost.length - 10} more` : ''}.`,
      { remedy: 'Write to /opt/ml/output/data what is to be kept beside the model.', items: lost },
    );
  },
};

/**
 * What the platform takes or reads, and the mark that the toolkits leave. Source: contract training §1.4 and §4; the SageMaker Training Toolkit's
 * files.py.
 */
const isKept = (path: string): boolean =>
  /^(data|metrics|profiler|tensors|tensorboard|intermediate)\//.test(path) || ['failure', 'success'].includes(path);
