import { readFileSync } from 'node:fs';
import type { Engine, StartedContainer } from '../../engine/engine.ts';
import { isError } from '../../errors.ts';

/** Reads files of `/proc` that belong to the first process of a container: `status`, `net/tcp`. Undefined: it has ended, or cannot be read. */
export type ProcessFiles = (file: string) => Promise<string | undefined>;

/**
 * The first process of a running container, read on this machine where it is there to be seen, which takes no time; else by `cat` in the
 * container, where the image has it.
 */
export async function firstProcess(engine: Engine, container: StartedContainer): Promise<ProcessFiles> {
  return processFiles(container, await processHere(engine, container));
}

/** Its number on this machine, if it is there. */
export async function processHere(engine: Engine, container: StartedContainer): Promise<number | undefined> {
  const { isNative } = await engine.describe();
  const { pid } = await container.inspect();
  return isNative && pid !== undefined && belongsTo(pid, container.id) ? pid : undefined;
}

export const processFiles = (container: StartedContainer, pid: number | undefined): ProcessFiles =>
  pid === undefined ? (file) => readInside(container, `/proc/1/${file}`) : async (file) => read(`/proc/${pid}/${file}`);

/** A number that names another process here, because this process or the engine is in a PID namespace of its own, is not taken for it. */
const belongsTo = (pid: number, container: string): boolean => read(`/proc/${pid}/cgroup`)?.includes(container) ?? false;

/**
 * At once: it is no file on a disk, and what a program does in its first milliseconds is not to be missed. Whatever keeps it from being read, it
 * cannot be told from here what is in it.
 */
function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

async function readInside(container: StartedContainer, path: string): Promise<string | undefined> {
  try {
    const { code, output } = await container.exec(['cat', path]);
    return code === 0 ? output : undefined;
  } catch (error) {
    if (isError(error, 'EngineUnreachable')) throw error;
    return undefined; // it has ended, or has no `cat`
  }
}
