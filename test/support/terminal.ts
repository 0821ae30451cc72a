/** What a terminal shows after these bytes: it knows line ends, a carriage return, and the erasing of the rest of a line. */
export function onTerminal(bytes: string, width = 80): readonly string[] {
  const lines: string[][] = [[]];
  let column = 0;
  for (const [token] of bytes.matchAll(tokens)) {
    const line = lines.at(-1) ?? [];
    if (token === '\n') {
      lines.push([]);
      column = 0;
    } else if (token === '\r') column = 0;
    else if (token === `${esc}[K`) line.length = column;
    else if (token.length === 1) {
      if (column === width) {
        lines.push([]);
        column = 0;
      }
      (lines.at(-1) ?? [])[column] = token;
      column += 1;
    }
  }
  return lines.map((line) => line.join(''));
}

const esc = String.fromCharCode(27);
const tokens = new RegExp(`${esc}\\[[\\d;]*[Km]|[^]`, 'g');
