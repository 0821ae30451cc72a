import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import type { Container } from '../engine/engine.ts';
import { codeOf } from '../store/disk-trouble.ts';
import { removeTree } from '../store/temporary.ts';
import { unpackTar } from '../store/unpack.ts';
import { makeDirectory } from './host-tree.ts';
import { warmDirectory } from './warm-cache.ts';

export interface CollectOptions {
  readonly signal: AbortSignal;
  /** The cache of its program is for the next job. */
  readonly keepsWarm: boolean;
  /** Called for what cannot be collected; a sentence. */
  readonly onWarning: (message: string) => void;
}

export interface Outputs {
  /** Content of /opt/ml/model. */
  readonly model: string;
  /** Content of /opt/ml/output/data. */
  readonly outputData: string;
  /** The beginning of /opt/ml/output/failure, when there is one. */
  readonly failure: string | undefined;
}

/** What was collected of a host, or what its binds hold. */
export const outputsIn = (scratch: string, host: string): Outputs => {
  const root = join(scratch, host);
  return readOutputs(join(root, 'model'), join(root, 'output'));
};

/** Over whatever an earlier attempt has left. All of it belongs to the current user. */
export async function fetchOutputs(
  container: Container,
  scratch: string,
  host: string,
  { signal, onWarning, keepsWarm }: CollectOptions,
): Promise<Outputs> {
  const fetch = async (path: string, isWanted: (parts: readonly string[]) => boolean): Promise<void> => {
    signal.throwIfAborted();
    const into = join(scratch, host, path);
    await removeTree(into);
    await makeDirectory(into);
    const tar = await container.getArchive(`/opt/ml/${path}/.`);
    if (tar) await unpackTar(tar, into, { isWanted, signal, onWarning });
  };
  await fetch('model', () => true);
  await fetch('output', ([first = '']) => first === 'data' || first === 'failure');
  if (keepsWarm) await fetch(warmDirectory, () => true);
  return outputsIn(scratch, host);
}

const readOutputs = (model: string, output: string): Outputs => ({
  model,
  outputData: join(output, 'data'),
  failure: readFailure(join(output, 'failure')),
});

/** Enough for the 1024 characters the cloud keeps, at up to four bytes each, without reading a file that might be huge. */
const failureBytes = 4096 + 4;

function readFailure(path: string): string | undefined {
  try {
    // Not through a link: the container made it, and it could point at any file of this machine.
    const file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      if (!fstatSync(file).isFile()) return undefined;
      const buffer = Buffer.alloc(failureBytes);
      const count = readSync(file, buffer, 0, failureBytes, 0);
      return new TextDecoder('utf-8').decode(buffer.subarray(0, count));
    } finally {
      closeSync(file);
    }
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'ELOOP', 'ENXIO'].includes(codeOf(error) ?? '')) return undefined;
    throw error;
  }
}
