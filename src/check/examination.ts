import type { Emulator } from '../emulator.ts';
import type { Image } from '../engine/engine.ts';
import type { ImageObserver } from '../image.ts';
import type { CheckRequest } from './request.ts';

/** What gathers evidence takes of its surroundings. */
export interface Examination {
  readonly request: CheckRequest;
  readonly emulator: Emulator;
  readonly image: Image;
  /** A directory for what trials make, which goes with the subject. */
  readonly scratch: string;
  /** Told what is being tried: `training with generated data`. */
  readonly onTrial: (what: string) => void;
  /** Told how far something has come that takes long. */
  readonly observer: ImageObserver;
  readonly signal: AbortSignal;
}
