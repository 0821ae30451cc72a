import type { OptionName, Values } from './options.ts';

export const invokeOptions = [
  'body',
  'content-type',
  'accept',
  'stream',
  'custom-attributes',
  'target-variant',
  'inference-id',
  'session-id',
  'json',
  'region',
  'account',
  'home',
] as const satisfies readonly OptionName[];
export type InvokeValues = Values<(typeof invokeOptions)[number]>;
