import { fail } from '../errors.ts';
import { Scope } from '../scope.ts';
import type { ServeOptions, TrainOptions } from './options.ts';
import { serve } from './serve.ts';
import type { ServedEndpoint } from './served-endpoint.ts';
import type { TrainingResult } from './training-result.ts';
import { train } from './training-run.ts';

/** A job that completed, and an endpoint with its model. Disposing it stops the endpoint, and then removes what the job had for a time. */
export interface TrainedEndpoint extends AsyncDisposable {
  readonly job: TrainingResult;
  readonly endpoint: ServedEndpoint;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Trains, and serves the model with the same image: what the set-up of a test suite wants. Where the job, the engine and the home are, `serving`
 * need not say again. Nothing is left when it rejects.
 *
 * ```ts
 * await using iris = await trainAndServe({ image: './iris', input: { train: './data' }, ephemeral: true });
 * await iris.endpoint.invoke('5.1,3.5,1.4,0.2', { contentType: 'text/csv' });
 * ```
 *
 * Errors: TrainingJobFailed, with the last lines of its hosts; those of `train` and `serve`.
 */
export async function trainAndServe(training: TrainOptions, serving: ServeOptions = {}): Promise<TrainedEndpoint> {
  const scope = new Scope();
  try {
    const run = scope.use(train(training));
    const job = await run;
    if (job.status !== 'Completed') throw await failureOf(job);
    const model = job.files.model ?? job.files.stored?.model;
    const endpoint = scope.use(await serve({ ...shared(training), ...(model !== undefined && { model }), ...serving }));
    return { job, endpoint, [Symbol.asyncDispose]: () => scope[Symbol.asyncDispose]() };
  } catch (error) {
    await scope[Symbol.asyncDispose]();
    throw error;
  }
}

/** What is the same for the job and the endpoint. */
const sharedNames: readonly string[] = [
  ...(['image', 'buildArg', 'project', 'cwd', 'home', 'ephemeral', 'engine', 'workspace', 'region', 'account', 'signal'] as const),
  ...(['labels', 'networks', 'extraHosts', 'buckets', 's3Endpoint', 'credentials', 'assumeRole', 'profile', 'speed', 'gpus'] as const),
] satisfies (keyof TrainOptions & keyof ServeOptions)[];

const shared = (training: TrainOptions): ServeOptions =>
  Object.fromEntries(Object.entries(training).filter(([name]) => sharedNames.includes(name)));

async function failureOf({ name, status, failureReason, files }: TrainingResult): Promise<Error> {
  const { tail } = await import('../store/log-reader.ts');
  const tails = await Promise.all(Object.entries(files.logs).map(async ([host, path]) => [host, await tail(path, 20)] as const));
  const lines = tails.flatMap(([host, printed]) => printed.map(({ message }) => `  ${host} | ${message}`));
  return fail('TrainingJobFailed', { name, status, why: failureReason ?? '', lines: lines.join('\n') });
}
