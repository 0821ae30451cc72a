import type { OptionName, Values } from './options.ts';

export const initOptions = [
  'template',
  'name',
  'no-tests',
  'no-vscode',
  'ci',
  'yes',
  'force',
  'json',
] as const satisfies readonly OptionName[];
export type InitValues = Values<(typeof initOptions)[number]>;
