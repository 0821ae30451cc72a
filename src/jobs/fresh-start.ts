import type { FileSharing } from '../engine/file-sharing.ts';
import type { TrainingPlan } from './plan.ts';
import type { TrainingRun } from './record.ts';

/** What a job needs that is begun, or begun again, when its record is there already. */
export interface FreshStart {
  readonly plan: TrainingPlan;
  /** What the record says from now on: the process that its containers are labelled with, a new directory on the user's disk, … */
  readonly run: Partial<TrainingRun> & Pick<TrainingRun, 'label'> & { readonly scratch: string };
  readonly sharing: FileSharing;
}
