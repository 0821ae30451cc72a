import type { OptionName, Values } from '../options.ts';

export const trainOptions = [
  'name',
  'input',
  'content-type',
  'hp',
  'hyperparameters',
  'env',
  'entrypoint',
  'args',
  'instance-type',
  'max-run',
  'limit',
  'metric',
  'gpus',
  'output',
  'build-arg',
  'workspace',
  'cloud-modes',
  'dry-run',
  'json',
  'region',
  'home',
  'engine',
] as const satisfies readonly OptionName[];
export type TrainValues = Values<(typeof trainOptions)[number]>;
