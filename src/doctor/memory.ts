import { type Check, ok, warning } from './finding.ts';

/** What the smallest instance for training, ml.m5.large, has. Source: the instance type's page. */
const instanceMemory = 8 * 2 ** 30;

export const memoryCheck: Check = {
  name: 'processors and memory',
  needs: ['engine'],
  async look({ emulator }) {
    const { cpus, memory } = await emulator.engine.describe();
    const text = `${cpus} processors, ${(memory / 2 ** 30).toFixed(1)} GiB`;
    const facts = { cpus, memory };
    if (memory >= instanceMemory * 0.9) return ok(text, facts); // an 8 GiB machine reports a little less
    return warning(
      `${text}: less than the smallest training instance has (8 GiB)`,
      'A job that needs more is killed here and runs in the cloud. Give the engine more memory (Docker Desktop, Colima and podman machine have a setting).',
      facts,
    );
  },
};
