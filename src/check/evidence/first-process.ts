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
  return (await viewOf(engine, container)).read;
}

/** A way to look at the first process of a container. */
export interface ProcessView {
  /** Its number on this machine, if it is there. */
  readonly pid: number | undefined;
  readonly read: ProcessFiles;
  /** It has turned out that nobody can look: the engine runs elsewhere, and the container has no `cat`. */
  readonly isHidden: boolean;
}

export async function viewOf(engine: Engine, container: StartedContainer): Promise<ProcessView> {
  const { isNative } = await engine.describe();
  const { pid } = await container.inspect();
  if (!isNative || pid === undefined || !belongsTo(pid, container.id)) return new ViewFromInside(container);
  return { pid, read: async (file) => read(`/proc/${pid}/${file}`), isHidden: false };
}

/** A number that names another process here, because this process or the engine is in a PID namespace of its own, is not taken for it. */
export const belongsTo = (pid: number, container: string): boolean => read(`/proc/${pid}/cgroup`)?.includes(container) ?? false;

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

class ViewFromInside implements ProcessView {
  readonly pid = undefined;
  isHidden = false;
  readonly #container: StartedContainer;

  constructor(container: StartedContainer) {
    this.#container = container;
  }

  readonly read = async (file: string): Promise<string | undefined> => {
    if (this.isHidden) return undefined;
    try {
      const { code, output } = await this.#container.exec(['cat', `/proc/1/${file}`]);
      if (notThere.includes(code)) await this.#lacksCat();
      return code === 0 ? output : undefined;
    } catch (error) {
      if (!isError(error) || error.code === 'EngineUnreachable') throw error;
      if (noProgram.test(error.message)) await this.#lacksCat();
      return undefined; // it has ended, or has no `cat`
    }
  };

  /** In a container that has just ended nothing can be executed either. */
  async #lacksCat(): Promise<void> {
    this.isHidden = (await this.#container.inspect()).running;
  }
}

/** Exit codes of what could not be executed. */
const notThere: readonly number[] = [126, 127];
const noProgram = /executable file .*not found|stat cat: no such file/i;
