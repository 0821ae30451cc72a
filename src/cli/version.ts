import { readFileSync } from 'node:fs';

/** Read from the package, so that it is written down once. The compiled file and the bundle both lie two or three directories below it. */
export function version(): string {
  for (const above of ['../../package.json', '../../../package.json']) {
    try {
      const parsed = JSON.parse(readFileSync(new URL(above, import.meta.url), 'utf8')) as { name?: string; version: string };
      if (parsed.name === 'sm-local') return parsed.version;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
  return 'unknown';
}
