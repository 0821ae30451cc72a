import { fail } from '../errors.ts';
import { modelDefinitionOf } from '../hosting/model-data/definition.ts';
import { statOf } from '../jobs/channels/local-files.ts';
import { readsStore } from '../jobs/channels/resolve.ts';
import { checkTrainingRequest } from '../jobs/prepare.ts';
import { trainOptions } from '../options/train-options.ts';
import { trainingSpec } from '../options/training-spec.ts';
import { valuesOf } from '../options/values.ts';
import { localPath } from '../store/location.ts';
import type { CheckRequest } from './request.ts';

/**
 * Sees to it, before anything is built or tried, that what trials are to be given makes sense and is there. What a store holds shows when they ask
 * it. Errors: those of `trainingSpec`, `checkTrainingRequest` and `modelDefinitionOf`; InputNotFound, InputUnreadable.
 */
export async function checkInputs({ train, serve, surroundings }: Pick<CheckRequest, 'train' | 'serve' | 'surroundings'>): Promise<void> {
  const values = valuesOf(trainOptions, { ...train, 'instance-type': undefined }, surroundings.env); // it may be one that only serves
  const { spec } = await trainingSpec('image', values, surroundings);
  checkTrainingRequest({ ...spec.request, TrainingJobName: 'check' });
  for (const channel of spec.request.InputDataConfig ?? []) {
    const what = `Channel "${channel.ChannelName}"`;
    const uri = channel.DataSource?.S3DataSource?.S3Uri;
    if (uri === undefined || readsStore(channel)) continue;
    const path = localPath(uri, what);
    if (!statOf(path, what)) throw fail('InputNotFound', { what, path });
  }
  if (typeof serve.model === 'string') await modelDefinitionOf(serve.model, { cwd: surroundings.cwd, ofJob: async () => anyJob });
}

/** Which jobs there are is known to the home alone. */
const anyJob = 's3://jobs/model.tar.gz';
