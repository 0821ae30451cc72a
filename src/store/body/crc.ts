/** CRCs that Node has not got: by tables, eight bytes at a time, in halves of 32 bits, since BigInt would be thirty times slower. */

/** CRC-32C (Castagnoli), reflected. Source: RFC 3720, appendix B.4. */
const castagnoli = 0x82f63b78;

/** CRC-64/NVME, reflected, its upper and lower half. Source: NVM Express specification, 64b CRC. */
const nvmeHigh = 0x9a6c9329;
const nvmeLow = 0xac4bc9b5;

/** Eight tables of 256: what a byte becomes that has 0 to 7 bytes behind it. */
type Tables = readonly [Uint32Array, Uint32Array];

/** A polynomial of 32 bits is one of 64 whose upper half is empty. */
function tablesOf(polynomialHigh: number, polynomialLow: number): Tables {
  const high = new Uint32Array(8 * 256);
  const low = new Uint32Array(8 * 256);
  for (let byte = 0; byte < 256; byte += 1) {
    let [above, below] = [0, byte];
    for (let bit = 0; bit < 8; bit += 1) {
      const isOdd = (below & 1) !== 0;
      below = (below >>> 1) | (above << 31);
      above >>>= 1;
      if (isOdd) {
        above ^= polynomialHigh;
        below ^= polynomialLow;
      }
    }
    high[byte] = above;
    low[byte] = below;
  }
  for (let index = 256; index < high.length; index += 1) {
    const [above, below] = [high[index - 256] ?? 0, low[index - 256] ?? 0];
    high[index] = (high[below & 0xff] ?? 0) ^ (above >>> 8);
    low[index] = (low[below & 0xff] ?? 0) ^ ((below >>> 8) | (above << 24));
  }
  return [high, low];
}

let castagnoliTable: Uint32Array | undefined;

/** Goes on from `value`, which is 0 at the start. */
export function crc32c(bytes: Uint8Array, value = 0): number {
  castagnoliTable ??= tablesOf(0, castagnoli)[1];
  const table = castagnoliTable;
  let crc = ~value;
  let at = 0;
  // Reading beyond neither the table nor the bytes, `?? 0` never happens; `| 0` says the same to the compiler at no cost.
  for (const end = bytes.length - 7; at < end; at += 8) {
    crc ^= word(bytes, at);
    const next = word(bytes, at + 4);
    crc =
      at32(table, 1792 + (crc & 0xff)) ^
      at32(table, 1536 + ((crc >>> 8) & 0xff)) ^
      at32(table, 1280 + ((crc >>> 16) & 0xff)) ^
      at32(table, 1024 + (crc >>> 24)) ^
      at32(table, 768 + (next & 0xff)) ^
      at32(table, 512 + ((next >>> 8) & 0xff)) ^
      at32(table, 256 + ((next >>> 16) & 0xff)) ^
      at32(table, next >>> 24);
  }
  for (; at < bytes.length; at += 1) crc = at32(table, (crc ^ at32(bytes, at)) & 0xff) ^ (crc >>> 8);
  return ~crc >>> 0;
}

/** The two halves of a CRC of 64 bits. */
export interface Crc64 {
  readonly high: number;
  readonly low: number;
}

let nvmeTables: Tables | undefined;

/** Goes on from `value`, which is 0 at the start. */
export function crc64nvme(bytes: Uint8Array, value: Crc64 = { high: 0, low: 0 }): Crc64 {
  nvmeTables ??= tablesOf(nvmeHigh, nvmeLow);
  const [upper, lower] = nvmeTables;
  let high = ~value.high;
  let low = ~value.low;
  let at = 0;
  for (const end = bytes.length - 7; at < end; at += 8) {
    low ^= word(bytes, at);
    high ^= word(bytes, at + 4);
    const [a, b, c, d] = [1792 + (low & 0xff), 1536 + ((low >>> 8) & 0xff), 1280 + ((low >>> 16) & 0xff), 1024 + (low >>> 24)];
    const [e, f, g, h] = [768 + (high & 0xff), 512 + ((high >>> 8) & 0xff), 256 + ((high >>> 16) & 0xff), high >>> 24];
    high =
      at32(upper, a) ^ at32(upper, b) ^ at32(upper, c) ^ at32(upper, d) ^ at32(upper, e) ^ at32(upper, f) ^ at32(upper, g) ^ at32(upper, h);
    low =
      at32(lower, a) ^ at32(lower, b) ^ at32(lower, c) ^ at32(lower, d) ^ at32(lower, e) ^ at32(lower, f) ^ at32(lower, g) ^ at32(lower, h);
  }
  for (; at < bytes.length; at += 1) {
    const index = (low ^ at32(bytes, at)) & 0xff;
    low = at32(lower, index) ^ ((low >>> 8) | (high << 24));
    high = at32(upper, index) ^ (high >>> 8);
  }
  return { high: ~high >>> 0, low: ~low >>> 0 };
}

const at32 = (values: Uint32Array | Uint8Array, index: number): number => (values[index] as number) | 0;

const word = (bytes: Uint8Array, at: number): number =>
  at32(bytes, at) | (at32(bytes, at + 1) << 8) | (at32(bytes, at + 2) << 16) | (at32(bytes, at + 3) << 24);
