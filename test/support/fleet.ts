import type { ContainerUsage, RunningInstance, RunningVariant } from '../../src/hosting/running-variant.ts';

/** An instance in rotation that takes 0.5 s of processors and 100 MB, but for what is said. */
export const instance = (id = 'i-1', changes: Partial<ContainerUsage> = {}, outstanding = 0): RunningInstance => ({
  id,
  outstanding,
  kill: async () => {},
  usage: async () => ({ cpuSeconds: 0.5, memory: 100_000_000, memoryLimit: 400_000_000, uptime: 2, ...changes }),
});

export const variantOf = (inRotation: readonly RunningInstance[], changes: Partial<RunningVariant> = {}): RunningVariant => ({
  endpoint: 'demo',
  variant: 'AllTraffic',
  wanted: inRotation.length,
  inRotation,
  ...changes,
});
