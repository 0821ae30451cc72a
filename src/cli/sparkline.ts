/** The course of a metric in one line: `▇▅▃▂▁`. Any number of points takes the memory of a few. */
export class Sparkline {
  first: number | undefined;
  least = Number.POSITIVE_INFINITY;
  greatest = Number.NEGATIVE_INFINITY;
  last: number | undefined;
  /** How many values there were. */
  values = 0;
  readonly #columns: number;
  /** Means of so many points each. */
  #means: number[] = [];
  #span = 1;
  #sum = 0;
  #count = 0;

  /** @param columns the most characters of the line */
  constructor(columns = 40) {
    this.#columns = columns;
  }

  /** What is no finite number has no place in a line. */
  add(value: number): void {
    if (!Number.isFinite(value)) return;
    this.first ??= value;
    this.last = value;
    this.values += 1;
    this.least = Math.min(this.least, value);
    this.greatest = Math.max(this.greatest, value);
    this.#sum += value;
    this.#count += 1;
    if (this.#count < this.#span) return;
    this.#means.push(this.#sum / this.#count);
    [this.#sum, this.#count] = [0, 0];
    if (this.#means.length > this.#columns) this.#halve();
  }

  /** Empty for less than two points, which have no course. */
  toString(): string {
    const means = this.#count === 0 ? this.#means : [...this.#means, this.#sum / this.#count];
    if (means.length < 2) return '';
    const low = Math.min(...means);
    const range = Math.max(...means) - low;
    // A line that goes nowhere runs through the middle.
    const levelOf = (mean: number): number => (range === 0 ? 3 : Math.round(((mean - low) / range) * (levels.length - 1)));
    return means.map((mean) => levels[levelOf(mean)]).join('');
  }

  /** Two columns become one, and so will all that follow. */
  #halve(): void {
    const odd = this.#means.length % 2 === 1 ? this.#means.pop() : undefined;
    this.#means = this.#means.flatMap((mean, index, all) => (index % 2 === 0 ? [(mean + (all[index + 1] ?? mean)) / 2] : []));
    if (odd !== undefined) [this.#sum, this.#count] = [odd * this.#span, this.#span];
    this.#span *= 2;
  }
}

const levels = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'] as const;
