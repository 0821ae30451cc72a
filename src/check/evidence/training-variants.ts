import type { Channel, CreateTrainingJobRequest as JobRequest } from '@aws-sdk/client-sagemaker';

/** What a job that fails is tried without. */
export type Leftout = 'hyperparameters' | 'Pipe mode';

/** Each with one thing less, and then with all of them. */
export function variants(request: JobRequest): readonly (readonly Leftout[])[] {
  const has: Readonly<Record<Leftout, boolean>> = {
    hyperparameters: Object.keys(request.HyperParameters ?? {}).length > 0,
    'Pipe mode': hasPipe(request),
  };
  const there = (Object.keys(has) as Leftout[]).filter((each) => has[each]);
  return there.length > 1 ? [...there.map((each) => [each]), there] : [there].filter(({ length }) => length > 0);
}

export const hasPipe = ({ AlgorithmSpecification, InputDataConfig = [] }: JobRequest): boolean =>
  InputDataConfig.some(({ InputMode }) => (InputMode ?? AlgorithmSpecification?.TrainingInputMode) === 'Pipe');

export function withoutThat(request: JobRequest, without: readonly Leftout[]): JobRequest {
  const { HyperParameters, AlgorithmSpecification, InputDataConfig = [], ...rest } = request;
  const inFileMode = without.includes('Pipe mode');
  const channels = inFileMode ? InputDataConfig.map(({ InputMode: _, ...channel }): Channel => channel) : InputDataConfig;
  return {
    ...rest,
    ...(HyperParameters && !without.includes('hyperparameters') && { HyperParameters }),
    AlgorithmSpecification: inFileMode ? { ...AlgorithmSpecification, TrainingInputMode: 'File' } : AlgorithmSpecification,
    ...(channels.length > 0 && { InputDataConfig: channels }),
  };
}
