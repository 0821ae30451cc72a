import type { Engine } from '../engine/engine.ts';
import type { FileSharing } from '../engine/file-sharing.ts';
import type { ObjectStore } from '../store/objects.ts';

/** What running a job takes of its surroundings. */
export interface TrainingDeps {
  readonly engine: Engine;
  /** What the engine makes of this machine's files. */
  readonly sharing: FileSharing;
  /** Directory of all logs. */
  readonly logs: string;
  /** Where s3:// addresses lead; opened when there is one. */
  readonly objects: () => Promise<ObjectStore>;
  /** Where pools are kept warm. */
  readonly pools: string;
  readonly now: () => Date;
  /** Seconds for which an engine that went away is waited for. */
  readonly patience: number;
}
