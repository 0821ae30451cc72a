import { statfs } from 'node:fs/promises';
import { type Check, type Finding, ok, problem, untested, warning } from './finding.ts';

/** Below the first nothing works for long, below the second a large image or model may not fit. Ours. */
const little = 200e6;
const scarce = 5e9;

/** How much room there is on the disk that holds `path`. */
export async function spaceFinding(path: string, remedy: string): Promise<Finding> {
  const { bavail, blocks, bsize } = await statfs(path);
  const [free, total] = [bavail * bsize, blocks * bsize];
  const text = `${gigabytes(free)} of ${gigabytes(total)} free at ${path}`;
  const facts = { path, free, total };
  if (free < little) return problem(text, remedy, facts);
  return free < scarce ? warning(text, remedy, facts) : ok(text, facts);
}

const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(1)} GB`;

export const engineSpaceCheck: Check = {
  name: 'disk of the engine',
  needs: ['engine'],
  async look({ emulator }) {
    const { isNative, dataDirectory } = await emulator.engine.describe();
    if (!isNative) return untested('the engine is on a machine of its own, whose disk cannot be seen from here');
    try {
      return await spaceFinding(
        dataDirectory,
        'docker system df shows what takes it; docker image prune and docker builder prune make room.',
      );
    } catch (error) {
      if (process.getuid?.() === 0) throw error;
      return untested(`you may not look into ${dataDirectory}`); // an ordinary user, as on most machines
    }
  },
};
