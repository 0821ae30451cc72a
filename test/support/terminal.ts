/** What a terminal shows after these bytes: it knows line ends, a carriage return, the line above, and the erasing of the rest of a line. */
export function onTerminal(bytes: string, width = 80): readonly string[] {
  const lines: string[][] = [[]];
  let row = 0;
  let column = 0;
  const down = (): void => {
    row += 1;
    if (row === lines.length) lines.push([]);
    column = 0;
  };
  for (const [token] of bytes.matchAll(tokens)) {
    if (token === '\n') down();
    else if (token === '\r') column = 0;
    else if (token === `${esc}[A`) row = Math.max(0, row - 1);
    else if (token === `${esc}[K`) (lines[row] ?? []).length = column;
    else if (token.length === 1) {
      if (column === width) down();
      (lines[row] ?? [])[column] = token;
      column += 1;
    }
  }
  return lines.map((line) => line.join(''));
}

const esc = String.fromCharCode(27);
const tokens = new RegExp(`${esc}\\[[\\d;]*[AKm]|[^]`, 'g');
