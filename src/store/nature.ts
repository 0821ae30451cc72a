/** `noise` does not shrink, `plain` shrinks a lot, and of what is between, a trial has to say. */
export type Nature = 'noise' | 'plain' | 'unclear';

/**
 * What a sample of some KB tells at a glance: in 0.1 ms, where a trial with zlib takes 1.2 ms for noise and 0.2 ms for text. Bytes that are all equally
 * frequent and never follow one another as they did before give zlib nothing to work with; bytes of which few are frequent shrink
 * by that alone.
 */
export function natureOf(sample: Uint8Array): Nature {
  if (sample.length < smallest) return 'unclear';
  const bits = entropyOf(sample);
  if (bits < 0.55 * 8) return 'plain';
  return bits > 0.985 * 8 && repetitionsIn(sample) < sample.length / 1000 ? 'noise' : 'unclear';
}

/** Bytes; of fewer, noise has not shown all values yet. */
const smallest = 8192;

/** Shannon's, in bits a byte. */
function entropyOf(sample: Uint8Array): number {
  const counts = new Uint32Array(256);
  for (const byte of sample) counts[byte] = (counts[byte] ?? 0) + 1;
  return counts.reduce((bits, count) => (count === 0 ? bits : bits - (count / sample.length) * Math.log2(count / sample.length)), 0);
}

/** Places where four bytes stand that have stood before, as far as a small table remembers them. */
function repetitionsIn(sample: Uint8Array): number {
  const seen = new Uint32Array(8192);
  const { buffer, byteOffset, byteLength } = sample;
  const view = new DataView(buffer, byteOffset, byteLength);
  let count = 0;
  for (let at = 0; at + 4 <= byteLength; at += 1) {
    const four = view.getUint32(at);
    const place = Math.imul(four, 0x9e3779b1) >>> 19;
    if (seen[place] === four) count += 1;
    seen[place] = four;
  }
  return count;
}
