import type { Check } from './check.ts';
import { imageChecks } from './image/image-checks.ts';
import { multiModelChecks } from './multi-model/multi-model-checks.ts';
import { servingChecks } from './serve/serving-checks.ts';
import { trainingChecks } from './train/training-checks.ts';

/** Every check, in the order in which it is looked at and told. `docs/checks/README.md` is the list with what they stand on. */
export const checks: readonly Check[] = [...imageChecks, ...trainingChecks, ...servingChecks, ...multiModelChecks];
