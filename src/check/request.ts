import type { ImageSource } from '../engine/resolve-image.ts';
import type { Surroundings } from '../options/surroundings.ts';
import type { GivenOptions } from '../options/values.ts';

/** What is to be checked, and what the user knows of it that a trial needs. */
export interface CheckRequest {
  readonly source: ImageSource;
  /** As `<image|dir>` was typed. */
  readonly imageName: string;
  readonly buildArguments: Readonly<Record<string, string>>;
  /** The parts that the user says it plays; when there is none it is found out. */
  readonly parts: readonly Part[];
  /** `linux/amd64`: what the instance type that is meant takes. */
  readonly platform: string;
  /** Options of `sm-local train` for its trials: inputs, hyperparameters, environment, limits, … */
  readonly train: GivenOptions;
  /** Options of `sm-local serve` for its trials: model, environment, limits, … */
  readonly serve: GivenOptions;
  /** What an invocation sends; trials make something up when there is none. */
  readonly payload: Payload | undefined;
  readonly surroundings: Surroundings;
}

/** A part that an image can play. */
export type Part = 'train' | 'serve' | 'multi-model';

export interface Payload {
  readonly body: Buffer;
  readonly contentType: string;
  readonly accept?: string;
}

/** What a check is about. Those of an area are examined where the image plays that part. */
export type Area = 'image' | 'train' | 'serve' | 'batch' | 'multi-model';
