import type { OptionName, Values } from './options.ts';

export const serveOptions = [
  'request',
  'model',
  'source-dir',
  'entry-point',
  'writable-model',
  'name',
  'port',
  'env',
  'limit',
  'speed',
  'fault',
  'raw',
  'access-log',
  'capture',
  'fast-fail',
  'watch',
  'sync',
  'instance-type',
  'instance-count',
  'instance-limits',
  'gpus',
  'build-arg',
  'workspace',
  's3-endpoint',
  'credentials',
  'assume-role',
  'profile',
  'debug',
  'debug-wait',
  'debug-port',
  'json',
  'region',
  'account',
  'home',
  'engine',
] as const satisfies readonly OptionName[];
export type ServeValues = Values<(typeof serveOptions)[number]>;

/** With what the command alone has: the request that is made again after each change. */
export const serveCommandOptions = [...serveOptions, 'body', 'content-type', 'accept'] as const satisfies readonly OptionName[];
export type ServeCommandValues = Values<(typeof serveCommandOptions)[number]>;
