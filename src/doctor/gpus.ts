import { whyNoGpus } from '../engine/gpus.ts';
import { type Check, ok } from './finding.ts';

/** No GPU is no fault; whoever asks for one is refused with this reason. */
export const gpuCheck: Check = {
  name: 'GPUs',
  needs: ['engine'],
  async look({ emulator }) {
    const description = await emulator.engine.describe();
    const { hasGpuRuntime } = description;
    return ok(
      hasGpuRuntime ? 'an NVIDIA runtime is registered; --gpus can be asked for' : `none can be asked for: ${whyNoGpus(description)}`,
      {
        hasGpuRuntime,
      },
    );
  },
};
