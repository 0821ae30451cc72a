/** The largest event CloudWatch Logs takes, in bytes; a longer line is cut there. Source: CloudWatch Logs quotas, "Event size". */
export const longestLine = 256 * 1024;

const newline = 0x0a;

/** Puts lines together from chunks that end anywhere. */
export class LineSplitter {
  #held: Buffer[] = [];
  #length = 0;

  /** The lines that `bytes` completes, each with its `\n`; undefined when there is none yet. */
  push(bytes: Buffer): Buffer | undefined {
    const end = bytes.lastIndexOf(newline) + 1;
    if (end === 0) return this.#hold(bytes) > longestLine ? this.#cutHeld() : undefined;
    const lines = this.#release(bytes.subarray(0, end));
    this.#hold(bytes.subarray(end));
    return lines.length > longestLine ? cutLong(lines) : lines;
  }

  /** The last line, when it never got its end. */
  end(): Buffer | undefined {
    return this.#length === 0 ? undefined : this.#release(Buffer.from('\n'));
  }

  /** Copies, because a few bytes held would keep the whole chunk in memory. */
  #hold(bytes: Buffer): number {
    if (bytes.length > 0) this.#held.push(Buffer.from(bytes));
    this.#length += bytes.length;
    return this.#length;
  }

  #release(rest: Buffer): Buffer {
    const lines = this.#length === 0 ? rest : Buffer.concat([...this.#held, rest]);
    this.#held = [];
    this.#length = 0;
    return lines;
  }

  #cutHeld(): Buffer {
    const whole = cutLong(this.#release(Buffer.from('\n')));
    const end = whole.lastIndexOf(newline, -2) + 1;
    this.#hold(whole.subarray(end, -1));
    return whole.subarray(0, end);
  }
}

/** The same lines, with a `\n` more wherever one is too long. */
function cutLong(lines: Buffer): Buffer {
  const pieces: Buffer[] = [];
  let taken = 0;
  for (let from = 0; from < lines.length; ) {
    const end = lines.indexOf(newline, from);
    for (; end - from > longestLine; taken = from) {
      from = characterStart(lines, from + longestLine);
      pieces.push(lines.subarray(taken, from), Buffer.from('\n'));
    }
    from = end + 1;
  }
  pieces.push(lines.subarray(taken));
  return Buffer.concat(pieces);
}

/** The start of the UTF-8 character at `index`; for bytes that are no UTF-8, at most three before it. */
function characterStart(bytes: Buffer, index: number): number {
  for (let start = index; start > index - 4; start -= 1) {
    if (((bytes[start] ?? 0) & 0xc0) !== 0x80) return start;
  }
  return index;
}
