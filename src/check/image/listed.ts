/** `a, b and c`; the first few of many: `a, b, c and 5 more`. */
export function listed(items: readonly string[], most = 4): string {
  const shown = items.length > most + 1 ? items.slice(0, most) : items;
  const rest = items.length - shown.length;
  if (rest > 0) return `${shown.join(', ')} and ${rest} more`;
  return shown.length < 2 ? (shown[0] ?? '') : `${shown.slice(0, -1).join(', ')} and ${shown.at(-1)}`;
}

/** As it stands in a Dockerfile: `["a", "b"]`. */
export const execForm = (words: readonly string[]): string => `[${words.map((word) => JSON.stringify(word)).join(', ')}]`;

/** `1.2 GB` */
export const bytes = (count: number): string => {
  const [unit, size] = count >= 1e9 ? ['GB', 1e9] : count >= 1e6 ? ['MB', 1e6] : ['kB', 1e3];
  const figure = count / size;
  return `${figure >= 100 ? Math.round(figure) : Math.round(figure * 10) / 10} ${unit}`;
};
