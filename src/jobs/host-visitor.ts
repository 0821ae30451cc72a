import type { Container, StartedContainer } from '../engine/engine.ts';

/** Looks into the containers of a job that this process starts. What it throws ends the job as trouble of the machine. */
export interface HostVisitor {
  /** Its program has begun. */
  started?(host: string, container: StartedContainer): void;
  /** It has ended, or could not be started, and is removed when this settles. `unopened`: channels in Pipe mode that it has not looked at. */
  ended?(host: string, container: Container, unopened: readonly string[]): Promise<void>;
}
