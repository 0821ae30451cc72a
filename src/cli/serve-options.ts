import type { OptionName, Values } from '../options.ts';

export const serveOptions = [
  'request',
  'model',
  'name',
  'port',
  'env',
  'limit',
  'raw',
  'capture',
  'fast-fail',
  'instance-type',
  'instance-count',
  'instance-limits',
  'gpus',
  'build-arg',
  'workspace',
  'credentials',
  'assume-role',
  'profile',
  'json',
  'region',
  'home',
  'engine',
] as const satisfies readonly OptionName[];
export type ServeValues = Values<(typeof serveOptions)[number]>;
