import type { Check } from '../check.ts';
import { multiModelGet } from './multi-model-get.ts';
import { multiModelInvoke } from './multi-model-invoke.ts';
import { multiModelLabel } from './multi-model-label.ts';
import { multiModelList } from './multi-model-list.ts';
import { multiModelLoad } from './multi-model-load.ts';
import { multiModelLoadTwice } from './multi-model-load-twice.ts';
import { multiModelStart } from './multi-model-start.ts';
import { multiModelUnknown } from './multi-model-unknown.ts';
import { multiModelUnload } from './multi-model-unload.ts';

/** Checks of multi-model endpoints, in the order in which they are looked at. */
export const multiModelChecks: readonly Check[] = [
  multiModelLabel,
  multiModelStart,
  multiModelLoad,
  multiModelLoadTwice,
  multiModelList,
  multiModelGet,
  multiModelInvoke,
  multiModelUnload,
  multiModelUnknown,
];
