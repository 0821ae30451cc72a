/** Which objects of a channel one host gets in one epoch, and in which order. */
export interface Ordering {
  /** `ShuffleConfig.Seed`; none leaves the order of the keys. */
  readonly seed?: number;
  /** Counted from 0. File mode has only the first. */
  readonly epoch: number;
  /** `ShardedByS3Key`: this host is number `index`, counted from 0, of `of` hosts that receive the channel. */
  readonly shard?: { readonly index: number; readonly of: number };
}

/**
 * Numbers of the objects in the order in which they are read; `count` objects stand in the order of their keys. Equal arguments give equal
 * orders on every machine. A shard takes every n-th, counted after the shuffle, so that with a seed a host's share differs from epoch to
 * epoch, as the API Reference says of S3DataDistributionType with ShuffleConfig. Which host gets which key, and the algorithm of the shuffle, are not
 * documented: these are ours.
 */
export function objectOrder(count: number, { seed, epoch, shard }: Ordering): Uint32Array {
  const all = Uint32Array.from({ length: count }, (_, index) => index);
  if (seed !== undefined) shuffle(all, randomNumbers(seed, epoch));
  if (!shard) return all;
  return all.filter((_, place) => place % shard.of === shard.index);
}

/** Fisher-Yates. */
function shuffle(numbers: Uint32Array, random: () => number): void {
  for (let last = numbers.length - 1; last > 0; last -= 1) {
    const other = below(last + 1, random);
    const kept = numbers[last] as number;
    numbers[last] = numbers[other] as number;
    numbers[other] = kept;
  }
}

/** From 0 up to, not including, `limit`, each equally likely: numbers of the incomplete last round are thrown again. */
function below(limit: number, random: () => number): number {
  const rounds = 2 ** 32 - (2 ** 32 % limit);
  let number = random();
  while (number >= rounds) number = random();
  return number % limit;
}

/** The generator sfc32, whose state is the seed (64 bits) and the epoch; it gives 32 bits at a time. */
function randomNumbers(seed: number, epoch: number): () => number {
  let [a, b, c, counter] = [seed | 0, Math.floor(seed / 2 ** 32) | 0, epoch | 0, 1];
  const next = (): number => {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return sum >>> 0;
  };
  for (let round = 0; round < 12; round += 1) next(); // until neighbouring seeds have nothing in common
  return next;
}
