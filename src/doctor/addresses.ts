import { type Check, ok } from './finding.ts';

export const addressCheck: Check = {
  name: 'way to endpoints',
  needs: ['engine'],
  async look({ emulator }) {
    const { isNative } = await emulator.engine.describe();
    return ok(
      isNative
        ? "requests go straight to a container's own address"
        : 'requests go to published ports, through a relay of the engine that adds to their latency',
      { direct: isNative },
    );
  },
};
