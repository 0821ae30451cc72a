/**
 * `[Pipe, FastFile, File]`: an enum as the service prints it. The order is that of a hash table with 32 places and Java's string
 * hash, later entries first where two share a place. Worked out from published errors, which it explains to the letter: 26
 * training instance types of 2018, the input modes of 2025, and enums of Lambda and IoT.
 */
export function printEnumSet(values: readonly string[]): string {
  const placed = values.map((value, index) => ({ value, index, place: javaHash(value) & (tableSize - 1) }));
  placed.sort((a, b) => a.place - b.place || b.index - a.index);
  return `[${placed.map(({ value }) => value).join(', ')}]`;
}

const tableSize = 32;

/** `String.hashCode` of Java. */
function javaHash(text: string): number {
  let hash = 0;
  for (let i = 0; i < text.length; i++) hash = (Math.imul(hash, 31) + text.charCodeAt(i)) | 0;
  return hash;
}
