import type { Engine, StartedContainer } from '../../engine/engine.ts';
import { firstProcess } from './first-process.ts';

/** What the first process of a container does about SIGTERM. */
export interface TermSignal {
  /** What it runs, as the kernel shortens it to 15 characters: `python3`, `sh`. */
  readonly program: string;
  /**
   * `caught`: by a handler. `blocked`: it waits for signals itself, as init processes do. `ignored`: on purpose. `default`: nobody thought of
   * it; the kernel then drops it, as it does for the first process of every container.
   */
  readonly on: 'caught' | 'blocked' | 'ignored' | 'default';
}

/** Whether SIGTERM reaches it at all. */
export const hearsTerm = ({ on }: TermSignal): boolean => on === 'caught' || on === 'blocked';

/** Asked now; undefined when it has ended, or there is no way to look. */
export async function termSignalOf(engine: Engine, container: StartedContainer): Promise<TermSignal | undefined> {
  return readTermSignal((await (await firstProcess(engine, container))('status')) ?? '');
}

/**
 * From the text of `/proc/<pid>/status`; undefined of a process that has ended, and of the engine's own, which becomes the program. Source:
 * proc(5).
 */
export function readTermSignal(status: string): TermSignal | undefined {
  const has = (set: string): boolean => hasTerm(status, set);
  if (fieldOf(status, 'SigCgt') === '' || /^[ZX]/.test(fieldOf(status, 'State')) || /^(runc|crun)\b/.test(fieldOf(status, 'Name')))
    return undefined;
  const on = has('SigCgt') ? 'caught' : has('SigBlk') ? 'blocked' : has('SigIgn') ? 'ignored' : 'default';
  return { program: fieldOf(status, 'Name'), on };
}

/** Whether it was sent SIGTERM and has not taken it yet. */
export const isTermPending = (status: string): boolean => hasTerm(status, 'ShdPnd') || hasTerm(status, 'SigPnd');

const fieldOf = (status: string, name: string): string => new RegExp(`^${name}:\\s*(.*)$`, 'm').exec(status)?.[1] ?? '';

/** SIGTERM is 15; signals are counted from 1. */
const hasTerm = (status: string, set: string): boolean => (Number.parseInt(fieldOf(status, set).slice(-8), 16) & (1 << 14)) !== 0;
