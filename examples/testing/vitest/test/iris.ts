import { fileURLToPath } from 'node:url';
import type { TrainOptions } from 'sm-local';

const directory = fileURLToPath(new URL('../../../iris', import.meta.url));

/** The image under test, an ephemeral home, and, where no registry answers, a base image that is there. */
export const iris = {
  image: process.env.IMAGE ?? directory,
  ephemeral: true,
  buildArg: { BASE_IMAGE: process.env.BASE_IMAGE },
};

/** What it is trained with. */
export const training = {
  input: { train: `${directory}/data/train`, validation: `${directory}/data/validation` },
  metric: { accuracy: 'validation:accuracy=([0-9.]+)' },
  hp: { epochs: 50 },
} satisfies TrainOptions;
