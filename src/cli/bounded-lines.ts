export interface BoundedLinesOptions {
  /** Resolves when the text has been taken. */
  readonly write: (text: string) => Promise<unknown>;
  /** Lines that may wait; those that come then are left out. */
  readonly most?: number;
  /** Told once: the first error of `write`. */
  readonly onTrouble: (error: unknown) => void;
  /** Told once: when the first line is left out because those before it still wait. */
  readonly onLeftOut: () => void;
}

/**
 * Lines on their way to a place that may be slow, or fail: whoever adds one never waits, and what waits is bounded. What comes while a text is
 * written goes with the next one.
 */
export class BoundedLines<Line> {
  readonly #textOf: (line: Line) => string;
  readonly #options: BoundedLinesOptions;
  #waiting: Line[] = [];
  /** Lines of the text that is being written. */
  #leaving = 0;
  #run: Promise<void> | undefined;
  #isTorn = false;
  #hasFailed = false;
  #isFull = false;
  /** How many never got there. */
  lost = 0;

  /** `textOf`: a line's text, made when it is its turn. */
  constructor(textOf: (line: Line) => string, options: BoundedLinesOptions) {
    this.#textOf = textOf;
    this.#options = options;
  }

  add(line: Line): void {
    const { most = 10_000, onLeftOut } = this.#options;
    if (this.#waiting.length + this.#leaving >= most) {
      if (!this.#isFull) onLeftOut();
      this.#isFull = true;
      this.lost += 1;
      return;
    }
    this.#waiting.push(line);
    this.#run ??= this.#writeAll();
  }

  /** Resolves when all that was added has been written, or could not be. */
  async drained(): Promise<void> {
    await this.#run;
  }

  async #writeAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      const lines = this.#waiting;
      this.#waiting = [];
      this.#leaving = lines.length;
      await this.#write(lines);
      this.#leaving = 0;
    }
    this.#run = undefined;
  }

  /** A line that broke off is ended before the next one begins. */
  async #write(lines: readonly Line[]): Promise<void> {
    try {
      await this.#options.write((this.#isTorn ? '\n' : '') + lines.map((line) => `${this.#textOf(line)}\n`).join(''));
      this.#isTorn = false;
    } catch (error) {
      this.lost += lines.length;
      if (!this.#hasFailed) this.#options.onTrouble(error);
      this.#hasFailed = true;
      this.#isTorn = true;
    }
  }
}
