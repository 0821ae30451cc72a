import { type Check, failed, inapplicable, passed } from '../check.ts';
import { isSuccess } from '../evidence/training-trial.ts';
import { hasPipe } from '../evidence/training-variants.ts';
import { sources } from '../sources.ts';
import { endedBy, ending, factsOf } from './ending.ts';

export const trainPipe: Check = {
  name: 'train-pipe',
  area: 'train',
  proves: 'a channel in Pipe mode is read from its FIFO',
  severity: 'error',
  needs: ['train-exit'],
  source: sources.trainingInformation,
  async look({ training }) {
    const { asAsked } = await training.plain();
    if (!hasPipe(asAsked.request)) return inapplicable('no channel is in Pipe mode; if it reads from one: --input-mode Pipe');
    const { unopened } = asAsked;
    if (unopened.length > 0) {
      return failed(
        `It ${ending(asAsked)}, and never opened ${unopened.map((name) => `/opt/ml/input/data/${name}_0`).join(', ')}: it has seen nothing of that data.`,
        { remedy, items: unopened, evidence: asAsked.lastLines },
        factsOf(asAsked),
      );
    }
    if (isSuccess(asAsked)) return passed('It opens the FIFO of each channel in Pipe mode and ends well.', factsOf(asAsked));
    return endedBy(`In Pipe mode it ${ending(asAsked)}, and in File mode it ends well.`, remedy, asAsked);
  },
};

const remedy =
  'Open /opt/ml/input/data/<channel>_<epoch> for reading, from epoch 0, and read it to its end; the InputMode of each channel is in /opt/ml/input/config/inputdataconfig.json. Or ask for File or FastFile mode.';
