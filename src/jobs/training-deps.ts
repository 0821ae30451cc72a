import type { Engine } from '../engine/engine.ts';
import type { FileSharing } from '../engine/file-sharing.ts';
import type { Janitor } from '../store/janitor.ts';
import type { ObjectStore } from '../store/objects.ts';
import type { Timekeeper } from '../timekeeper.ts';
import type { HostVisitor } from './host-visitor.ts';
import type { RunningJob } from './running-job.ts';

/** What running a job takes of its surroundings. */
export interface TrainingDeps {
  readonly engine: Engine;
  /** Directory of all logs. */
  readonly logs: string;
  /** Where s3:// addresses lead; opened when there is one. */
  readonly objects: () => Promise<ObjectStore>;
  /** Where pools are kept warm. */
  readonly pools: string;
  /** Removes what a job that is over had on the disk. */
  readonly janitor: Pick<Janitor, 'discard'>;
  readonly now: () => Date;
  /** Seconds for which an engine that went away is waited for. */
  readonly patience: number;
  /** By which the job's limits are measured; the machine's by default. */
  readonly time?: Timekeeper | undefined;
  /** Handed the job as soon as it is in hand, to look at it and to change what may be changed while it runs. */
  readonly onJob?: ((job: RunningJob) => void) | undefined;
  readonly visitor?: HostVisitor | undefined;
}

/** And what starting its containers takes. */
export interface LaunchDeps extends TrainingDeps {
  /** What the engine makes of this machine's files. */
  readonly sharing: FileSharing;
}
