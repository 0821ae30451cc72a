/** A CRC that can be worked out of those of parts. Polynomials reflected, without their highest bit. */
const polynomials = {
  crc32: { bits: 32, polynomial: 0xedb88320n },
  crc32c: { bits: 32, polynomial: 0x82f63b78n },
  crc64nvme: { bits: 64, polynomial: 0x9a6c9329ac4bc9b5n },
} as const;

export type CombinableCrc = keyof typeof polynomials;

export const isCombinable = (name: string): name is CombinableCrc => Object.hasOwn(polynomials, name);

/**
 * The CRC of contents that follow each other. As zlib's `crc32_combine`: the CRC of what comes first is multiplied by x to the power of the
 * bits that follow, modulo the polynomial.
 */
export function combineCrcs(name: CombinableCrc, parts: readonly { readonly crc: Buffer; readonly size: number }[]): Buffer {
  const { bits, polynomial } = polynomials[name];
  const field = new Field(BigInt(bits), polynomial);
  let whole = 0n;
  for (const { crc, size } of parts) whole = field.multiply(field.shift(size), whole) ^ BigInt(`0x${crc.toString('hex')}`);
  return Buffer.from(whole.toString(16).padStart(bits / 4, '0'), 'hex');
}

/** Polynomials over bits; the highest bit of a number is the coefficient of x to the power of 0. */
class Field {
  readonly #one: bigint;
  readonly #polynomial: bigint;
  /** Bytes -> x to the power of their bits; parts mostly have one size. */
  readonly #shifts = new Map<number, bigint>();

  constructor(bits: bigint, polynomial: bigint) {
    this.#one = 1n << (bits - 1n);
    this.#polynomial = polynomial;
  }

  multiply(one: bigint, other: bigint): bigint {
    let product = 0n;
    let power = other;
    for (let mask = this.#one; mask > 0n; mask >>= 1n) {
      if (one & mask) product ^= power;
      power = power & 1n ? (power >> 1n) ^ this.#polynomial : power >> 1n;
    }
    return product;
  }

  shift(bytes: number): bigint {
    const known = this.#shifts.get(bytes);
    if (known !== undefined) return known;
    let result = this.#one;
    let square = this.#one >> 8n; // x to the power of 8: a byte
    for (let left = bytes; left > 0; left = Math.floor(left / 2)) {
      if (left % 2 === 1) result = this.multiply(result, square);
      square = this.multiply(square, square);
    }
    this.#shifts.set(bytes, result);
    return result;
  }
}
