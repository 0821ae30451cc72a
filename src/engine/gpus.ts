import type { EngineDescription } from './engine.ts';

/** What an engine without a runtime for GPUs lacks, for the message that refuses them. */
export const whyNoGpus = ({ kind }: EngineDescription): string =>
  kind === 'podman' ? 'podman drops a request for them in silence.' : 'no NVIDIA runtime is registered with it.';
