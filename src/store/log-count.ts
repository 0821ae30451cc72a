import { open } from 'node:fs/promises';

/** How much of a container's output a log file holds. */
export interface Kept {
  /** Whole lines. */
  readonly stdout: number;
  readonly stderr: number;
  /** Whether its output was begun in this file. */
  readonly isBegun: boolean;
  /** Bytes up to the end of the last whole line of the file. */
  readonly end: number;
}

/** Counts the lines after the last `<epoch-ms> c <container>`. Raises the system's errors. */
export async function countKept(path: string, container: string): Promise<Kept> {
  const marker = Buffer.from(` c ${container}`);
  const file = await open(path);
  try {
    const piece = Buffer.allocUnsafeSlow(pieceSize);
    let held: Buffer = Buffer.alloc(0);
    let kept = { stdout: 0, stderr: 0, isBegun: false };
    let end = 0;
    for (let position = 0; ; ) {
      const { bytesRead } = await file.read(piece, 0, pieceSize, position);
      if (bytesRead === 0) return { ...kept, end };
      position += bytesRead;
      const bytes = held.length === 0 ? piece.subarray(0, bytesRead) : Buffer.concat([held, piece.subarray(0, bytesRead)]);
      let from = 0;
      for (let to = bytes.indexOf(newline, from); to >= 0; from = to + 1, to = bytes.indexOf(newline, from)) {
        const kind = bytes.indexOf(space, from) + 1;
        if (kind === 0 || kind >= to) continue; // not a line of ours
        if (bytes[kind] === letterO) kept.stdout += 1;
        else if (bytes[kind] === letterE) kept.stderr += 1;
        else if (bytes[kind] === letterC) {
          // Of another container: what came before is its, and what follows too.
          kept = { stdout: 0, stderr: 0, isBegun: bytes.subarray(kind - 1, to).equals(marker) };
        }
      }
      held = Buffer.from(bytes.subarray(from));
      end += from;
    }
  } finally {
    await file.close();
  }
}

const pieceSize = 1024 * 1024;
const [newline, space, letterO, letterE, letterC] = [0x0a, 0x20, 0x6f, 0x65, 0x63];
