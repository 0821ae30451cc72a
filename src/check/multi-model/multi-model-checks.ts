import type { Check } from '../check.ts';

/** Checks of multi-model endpoints, in the order in which they are looked at. */
export const multiModelChecks: readonly Check[] = [];
