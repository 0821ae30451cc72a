import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';

export interface TemporaryDirectory extends AsyncDisposable {
  readonly path: string;
}

/** A directory of the test's own, gone when the test ends: `await using directory = await temporaryDirectory()`. */
export async function temporaryDirectory(below = os.tmpdir()): Promise<TemporaryDirectory> {
  const made = await mkdtemp(path.join(below, 'sm-local-test-'));
  return { path: made, [Symbol.asyncDispose]: () => rm(made, { recursive: true, force: true }) };
}
