import { readFile } from 'node:fs/promises';
import type { Engine, StartedContainer } from '../../engine/engine.ts';
import { isError } from '../../errors.ts';

/** Reads files of `/proc` that belong to the first process of a container: `status`, `net/tcp`. Undefined: it has ended, or cannot be read. */
export type ProcessFiles = (file: string) => Promise<string | undefined>;

/**
 * The first process of a running container, read on this machine where it is there to be seen, which takes no time; else by `cat` in the
 * container, where the image has it.
 */
export async function firstProcess(engine: Engine, container: StartedContainer): Promise<ProcessFiles> {
  const { isNative } = await engine.describe();
  const { pid } = await container.inspect();
  if (isNative && pid !== undefined && (await belongsTo(pid, container.id))) return (file) => read(`/proc/${pid}/${file}`);
  return (file) => readInside(container, `/proc/1/${file}`);
}

/** A number that names another process here, because this process or the engine is in a PID namespace of its own, is not taken for it. */
async function belongsTo(pid: number, container: string): Promise<boolean> {
  return (await read(`/proc/${pid}/cgroup`))?.includes(container) ?? false;
}

/** Whatever keeps a file of `/proc` from being read, it cannot be told from here what is in it. */
const read = (path: string): Promise<string | undefined> => readFile(path, 'utf8').catch(() => undefined);

async function readInside(container: StartedContainer, path: string): Promise<string | undefined> {
  try {
    const { code, output } = await container.exec(['cat', path]);
    return code === 0 ? output : undefined;
  } catch (error) {
    if (isError(error, 'EngineUnreachable')) throw error;
    return undefined; // it has ended, or has no `cat`
  }
}
