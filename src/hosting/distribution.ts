/** Values of which only how many, the sum, the least and the greatest are kept. */
export class Sample {
  count = 0;
  sum = 0;
  least = Number.POSITIVE_INFINITY;
  greatest = Number.NEGATIVE_INFINITY;

  add(value: number): void {
    this.count += 1;
    this.sum += value;
    if (value < this.least) this.least = value;
    if (value > this.greatest) this.greatest = value;
  }

  addAll(other: Sample): void {
    this.count += other.count;
    this.sum += other.sum;
    this.least = Math.min(this.least, other.least);
    this.greatest = Math.max(this.greatest, other.greatest);
  }

  clear(): void {
    this.count = 0;
    this.sum = 0;
    this.least = Number.POSITIVE_INFINITY;
    this.greatest = Number.NEGATIVE_INFINITY;
  }
}

/**
 * Whole numbers from 0 to 2^32 - 1, whose percentiles are known to within 1/32. Each power of two is split into 32 buckets of one width, so
 * that adding a value takes no search and no memory.
 */
export class Distribution extends Sample {
  readonly #counts = new Uint32Array(bucketOf(2 ** 32 - 1) + 1);

  override add(value: number): void {
    super.add(value);
    const bucket = bucketOf(value);
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
  }

  override addAll(other: Distribution): void {
    super.addAll(other);
    for (const [bucket, count] of other.#counts.entries()) {
      if (count > 0) this.#counts[bucket] = (this.#counts[bucket] ?? 0) + count;
    }
  }

  override clear(): void {
    super.clear();
    this.#counts.fill(0);
  }

  /** The value that `percent` of all values do not exceed; undefined when there are none. */
  percentile(percent: number): number | undefined {
    if (this.count === 0) return undefined;
    const rank = Math.max(1, Math.ceil((percent / 100) * this.count));
    let below = 0;
    for (const [bucket, count] of this.#counts.entries()) {
      if (below + count < rank) {
        below += count;
        continue;
      }
      // Those of a bucket are taken to lie evenly in it.
      const value = firstOf(bucket) + (firstOf(bucket + 1) - 1 - firstOf(bucket)) * ((rank - below - 0.5) / count);
      return Math.min(Math.max(value, this.least), this.greatest);
    }
    return this.greatest;
  }
}

/** How many values do not exceed each of some bounds. */
export class BoundedCounts {
  /** In ascending order. */
  readonly bounds: readonly number[];
  readonly #counts: number[];

  constructor(bounds: readonly number[]) {
    this.bounds = bounds;
    this.#counts = bounds.map(() => 0);
  }

  add(value: number): void {
    const { bounds } = this;
    let index = 0;
    while (index < bounds.length && value > (bounds[index] ?? 0)) index += 1;
    if (index < bounds.length) this.#counts[index] = (this.#counts[index] ?? 0) + 1;
  }

  /** For each bound the values up to it, those up to a lesser one among them. */
  cumulated(): readonly number[] {
    let sum = 0;
    return this.#counts.map((count) => {
      sum += count;
      return sum;
    });
  }
}

/** 2^5 buckets for each power of two; the values below 32 have one each. */
const splitBits = 5;

function bucketOf(value: number): number {
  const shift = Math.max(0, 31 - splitBits - Math.clz32(value));
  return (shift << splitBits) + (value >>> shift);
}

/** The least value of a bucket. */
function firstOf(bucket: number): number {
  const shift = Math.max(0, (bucket >> splitBits) - 1);
  return (bucket - (shift << splitBits)) * 2 ** shift;
}
