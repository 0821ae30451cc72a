/** Memory that several threads see. */
export interface Block {
  /** Unique in this process. */
  readonly number: number;
  readonly memory: SharedArrayBuffer;
  readonly bytes: Uint8Array;
}

/** Bytes. */
export const blockSize = 512 * 1024;

/** How many wait to be used again. A thread that hardly makes garbage does not collect it either, so that memory given up stays for long. */
const mostIdle = 32;

const idle: Block[] = [];
let last = 0;

/** A block that nobody else uses, with anything in it. */
export function takeBlock(): Block {
  const block = idle.pop();
  if (block) return block;
  last += 1;
  const memory = new SharedArrayBuffer(blockSize);
  return { number: last, memory, bytes: new Uint8Array(memory) };
}

/** To be called when nobody uses it any more. False when it is given up. */
export function giveBack(block: Block): boolean {
  if (idle.length >= mostIdle) return false;
  idle.push(block);
  return true;
}
