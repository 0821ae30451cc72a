import type { OptionName, Values } from './options.ts';

export const buildOptions = [
  'tag',
  'build-arg',
  'file',
  'target',
  'platform',
  'no-cache',
  'pull',
  'cache-from',
  'secret',
  'label',
  'json',
  'engine',
] as const satisfies readonly OptionName[];
export type BuildValues = Values<(typeof buildOptions)[number]>;
