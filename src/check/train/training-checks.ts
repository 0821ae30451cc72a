import type { Check } from '../check.ts';
import { modelLinks } from './model-links.ts';
import { trainEmptyChannel } from './train-empty-channel.ts';
import { trainExit } from './train-exit.ts';
import { trainFailureExit } from './train-failure-exit.ts';
import { trainFailureFile } from './train-failure-file.ts';
import { trainHyperparameters } from './train-hyperparameters.ts';
import { trainModel } from './train-model.ts';
import { trainNetwork } from './train-network.ts';
import { trainOutput } from './train-output.ts';
import { trainPipe } from './train-pipe.ts';
import { trainSigterm } from './train-sigterm.ts';
import { trainStopTime } from './train-stop-time.ts';
import { trainUnicodeNames } from './train-unicode-names.ts';
import { trainWrites } from './train-writes.ts';

/** Checks of training, in the order in which they are looked at. */
export const trainingChecks: readonly Check[] = [
  trainExit,
  trainHyperparameters,
  trainModel,
  modelLinks,
  trainOutput,
  trainWrites,
  trainNetwork,
  trainEmptyChannel,
  trainUnicodeNames,
  trainPipe,
  trainFailureExit,
  trainFailureFile,
  trainSigterm,
  trainStopTime,
];
