import type { Check } from '../check.ts';

/** Checks of serving, and batch transform, which asks the same server, in the order in which they are looked at. */
export const servingChecks: readonly Check[] = [];
