import type { Check } from '../check.ts';

/** Checks of the image itself, without running it, in the order in which they are looked at. */
export const imageChecks: readonly Check[] = [];
