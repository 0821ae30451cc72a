import type { Check } from '../check.ts';
import { buildContext } from './build-context.ts';
import { commandOptions } from './command-options.ts';
import { contentUnderOptMl } from './content-under-opt-ml.ts';
import { entrypointForm } from './entrypoint-form.ts';
import { entrypointInit } from './entrypoint-init.ts';
import { entrypointProgram } from './entrypoint-program.ts';
import { environmentSecrets } from './environment-secrets.ts';
import { exposedPort } from './exposed-port.ts';
import { gpuDriver } from './gpu-driver.ts';
import { historySecrets } from './history-secrets.ts';
import { imageSize } from './image-size.ts';
import { labels } from './labels.ts';
import { layerSecrets } from './layer-secrets.ts';
import { layerWaste } from './layer-waste.ts';
import { serveProgram, trainProgram } from './part-program.ts';
import { platform } from './platform.ts';
import { platformVariables } from './platform-variables.ts';
import { scriptInterpreter } from './script-interpreter.ts';
import { toolkitVariables } from './toolkit-variables.ts';
import { user } from './user.ts';

/** Checks of the image itself, without running it, in the order in which they are looked at. */
export const imageChecks: readonly Check[] = [
  platform,
  entrypointForm,
  entrypointProgram,
  entrypointInit,
  trainProgram,
  serveProgram,
  scriptInterpreter,
  commandOptions,
  user,
  exposedPort,
  labels,
  contentUnderOptMl,
  environmentSecrets,
  layerSecrets,
  historySecrets,
  platformVariables,
  toolkitVariables,
  gpuDriver,
  imageSize,
  layerWaste,
  buildContext,
];
