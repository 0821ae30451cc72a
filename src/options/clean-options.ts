import type { OptionName, Values } from './options.ts';

export const cleanOptions = ['older-than', 'owner', 'json', 'region', 'account', 'home', 'engine'] as const satisfies readonly OptionName[];
export type CleanValues = Values<(typeof cleanOptions)[number]>;
