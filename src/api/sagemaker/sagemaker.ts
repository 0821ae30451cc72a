import type { Endpoints } from '../../endpoints/endpoints.ts';
import type { Tags } from '../../tags.ts';
import type { TrainingJobs } from '../../training-jobs/training-jobs.ts';

/** SageMaker as one account has it in one region: what its operations work on. */
export interface SageMaker {
  readonly endpoints: Endpoints;
  readonly trainingJobs: TrainingJobs;
  readonly tags: Tags;
  /** Seconds for which an answer about something that is under way may be held back until there is news of it; 0 or absent: not at all. */
  readonly longPoll?: number | undefined;
  /** Told of what callers ask for in vain; a sentence. */
  readonly warn: (message: string) => void;
}
