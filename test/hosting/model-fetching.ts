import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ModelCache } from '../../src/hosting/model-data/cache.ts';
import type { ModelFetching } from '../../src/hosting/model-data/fetch.ts';

/** Fetches model data to below `root`: what is kept to `models`, what is not to `tmp`. */
export const modelFetching = (root: string, changes: Partial<ModelFetching> = {}): ModelFetching => ({
  objects: () => Promise.reject(new Error('the test has no store')),
  cache: new ModelCache(join(root, 'models'), () => temporaryIn(join(root, 'tmp'))),
  timeout: 60,
  signal: new AbortController().signal,
  onWarning: () => {},
  onProgress: () => {},
  ...changes,
});

async function temporaryIn(directory: string): Promise<{ readonly path: string } & AsyncDisposable> {
  await mkdir(directory, { recursive: true });
  const path = await mkdtemp(join(directory, 'model-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}
