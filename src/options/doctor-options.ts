import type { OptionName, Values } from './options.ts';

export const doctorOptions = ['json', 'home', 'engine'] as const satisfies readonly OptionName[];
export type DoctorValues = Values<(typeof doctorOptions)[number]>;
