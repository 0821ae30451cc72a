/** `a, b and c`; the first few of many: `a, b, c and 5 more`. */
export function listed(items: readonly string[], most = 4): string {
  const shown = items.length > most + 1 ? items.slice(0, most) : items;
  const rest = items.length - shown.length;
  if (rest > 0) return `${shown.join(', ')} and ${rest} more`;
  return shown.length < 2 ? (shown[0] ?? '') : `${shown.slice(0, -1).join(', ')} and ${shown.at(-1)}`;
}

/** As it stands in a Dockerfile: `["a", "b"]`. */
export const execForm = (words: readonly string[]): string => `[${words.map((word) => JSON.stringify(word)).join(', ')}]`;
