import type { Check } from '../check.ts';

/** Checks of training, in the order in which they are looked at. */
export const trainingChecks: readonly Check[] = [];
