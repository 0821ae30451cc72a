import type { Emulator } from '../emulator.ts';
import type { Image } from '../engine/engine.ts';
import type { DockerfileText } from './evidence/dockerfile-text.ts';
import type { ImageContent } from './evidence/image-content.ts';
import type { MultiModelTrial } from './evidence/multi-model-trial.ts';
import type { ServingTrials } from './evidence/serving-trials.ts';
import type { TrainingTrials } from './evidence/training-trials.ts';
import type { Area, CheckRequest } from './request.ts';

/**
 * Whom the checks look at: the image, what the user says of it, and the evidence. Evidence is gathered once, when the first check asks for it,
 * and what it makes in the engine goes with the subject.
 */
export interface Subject {
  readonly request: CheckRequest;
  readonly emulator: Emulator;
  readonly image: Image;
  /** What the image is made of: its layers and files, its history. */
  content(): Promise<ImageContent>;
  /** Of the directory that is checked; undefined for an image. */
  dockerfile(): Promise<DockerfileText | undefined>;
  readonly training: TrainingTrials;
  readonly serving: ServingTrials;
  readonly multiModel: MultiModelTrial;
  /** Why checks of this area mean nothing for the image; undefined where they do mean something. */
  whyNot(area: Area): Promise<string | undefined>;
  readonly signal: AbortSignal;
}
