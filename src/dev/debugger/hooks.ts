import { createWriteStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { pack } from 'tar-stream';

/** Where a container has the programs that start a debugger. Not below /opt/ml, which is the contract's. */
const directory = '/.sm-local-debugger';
const files = ['sitecustomize.py', 'preload.cjs'] as const;

/** Writes the archive of these programs, to be laid over the files of an image. */
export async function writeHooks(archive: string): Promise<void> {
  const below = directory.slice(1);
  const tar = pack();
  tar.entry({ name: `${below}/`, type: 'directory', mode: 0o755 });
  for (const file of files) {
    const path = fileURLToPath(new URL(`debugger/${file}`, import.meta.resolve('sm-local/package.json')));
    tar.entry({ name: `${below}/${file}`, mode: 0o644 }, await readFile(path));
  }
  tar.finalize();
  await pipeline(tar as unknown as Readable, createWriteStream(archive));
}

type Variables = Readonly<Record<string, string>>;

/**
 * The variables that have a container's Python and Node processes run these programs, before what the image and its request say already.
 */
export function hookVariables(image: Variables, given: Variables, { waits }: { readonly waits: boolean }): Variables {
  const { PYTHONPATH: path = '', NODE_OPTIONS: options = '' } = { ...image, ...given };
  return {
    PYTHONPATH: [directory, path].filter((part) => part !== '').join(':'),
    NODE_OPTIONS: [`--require=${directory}/preload.cjs`, options].filter((part) => part !== '').join(' '),
    ...(waits && { SM_LOCAL_DEBUG_WAIT: '1' }),
  };
}
