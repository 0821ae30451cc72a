import type { OptionName, Values } from './options.ts';

export const upOptions = [
  'port',
  's3-endpoint',
  'detach',
  'keep',
  'ephemeral',
  'callback',
  'long-poll',
  'limit',
  'speed',
  'fault',
  'access-log',
  'fast-fail',
  'instance-limits',
  'gpus',
  'workspace',
  'credentials',
  'assume-role',
  'profile',
  'json',
  'region',
  'account',
  'home',
  'engine',
] as const satisfies readonly OptionName[];
export const statusOptions = ['json', 'home'] as const satisfies readonly OptionName[];
export const downOptions = ['now', 'json', 'home'] as const satisfies readonly OptionName[];
export const resetOptions = ['yes', 'json', 'home', 'engine'] as const satisfies readonly OptionName[];
export const envOptions = ['format', 'region', 'account', 'home'] as const satisfies readonly OptionName[];

export type UpValues = Values<(typeof upOptions)[number]>;
export type StatusValues = Values<(typeof statusOptions)[number]>;
export type DownValues = Values<(typeof downOptions)[number]>;
export type ResetValues = Values<(typeof resetOptions)[number]>;
export type EnvValues = Values<(typeof envOptions)[number]>;

/** Tells a detached process where its output goes. */
export const logVariable = 'SM_LOCAL_UP_LOG';
