import type { OptionName, Values } from './options.ts';

export const pushOptions = ['ecr-login', 'profile', 'json', 'engine'] as const satisfies readonly OptionName[];
export type PushValues = Values<(typeof pushOptions)[number]>;
