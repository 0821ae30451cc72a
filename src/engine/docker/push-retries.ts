import type { PushRetry } from '../engine.ts';

/**
 * Sees in what an engine says of layers when one is tried again. The engine counts each second of the wait, and of all layers that wait for the same
 * registry; undefined unless a wait begins while none is under way.
 */
export function pushRetries(): (record: Readonly<Record<string, unknown>>) => PushRetry | undefined {
  const waiting = new Map<string, number>();
  let count = 0;
  return ({ id, status }) => {
    if (typeof id !== 'string' || typeof status !== 'string') return undefined;
    const [, text] = /^Retrying in (\d+) seconds?$/.exec(status) ?? [];
    const before = waiting.get(id);
    waiting.delete(id);
    if (text === undefined) return undefined;
    const seconds = Number(text);
    const isNew = waiting.size === 0 && (before === undefined || seconds > before);
    waiting.set(id, seconds);
    if (!isNew) return undefined;
    count += 1;
    return { seconds, count };
  };
}
