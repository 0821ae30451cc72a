import type { OptionName, Values } from './options.ts';

export const lsOptions = ['size', 'json', 'region', 'account', 'home', 'engine'] as const satisfies readonly OptionName[];
export const describeOptions = ['json', 'region', 'account', 'home', 'engine'] as const satisfies readonly OptionName[];
export const logsOptions = [
  'follow',
  'tail',
  'timestamps',
  'json',
  'region',
  'account',
  'home',
  'engine',
] as const satisfies readonly OptionName[];
export const stopOptions = ['now', 'json', 'region', 'account', 'home', 'engine'] as const satisfies readonly OptionName[];

export type LsValues = Values<(typeof lsOptions)[number]>;
export type DescribeValues = Values<(typeof describeOptions)[number]>;
export type LogsValues = Values<(typeof logsOptions)[number]>;
export type StopValues = Values<(typeof stopOptions)[number]>;
