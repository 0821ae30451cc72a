import { setImmediate as turn } from 'node:timers/promises';

export const block = Buffer.alloc(64 * 1024, 'sm-local ');

/** `count` blocks, made as they are asked for, and counted. */
export function* blocks(count: number, made = { count: 0 }): Generator<Buffer> {
  for (let index = 0; index < count; index += 1) {
    made.count += 1;
    yield block;
  }
}

/** 512 MiB: no kernel buffers that much. */
export const manyBlocks = 8192;

/** Lets the event loop turn until `progress` has stood still for a thousand turns: everything happens in this process. */
export async function standstill(progress: () => number): Promise<void> {
  let last = progress();
  for (let still = 0; still < 1000; still += 1) {
    await turn();
    if (progress() !== last) still = 0;
    last = progress();
  }
}
