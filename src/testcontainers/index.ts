export type { ExtraHost, LimitValue } from './container.ts';
export { SageMakerEndpointContainer } from './endpoint.ts';
export type { DockerfileContext, SageMakerImageBuilder } from './image.ts';
export { SageMakerLocal, StartedSageMakerLocal } from './local.ts';
export { type ExecResult, StartedSageMakerEndpointContainer } from './started-endpoint.ts';
export { StartedSageMakerTrainingContainer } from './started-training.ts';
export { type InputMode, type InputOptions, SageMakerTrainingContainer } from './training.ts';
export { type ReadFilesOptions, SageMakerTrainingResult } from './training-result.ts';
