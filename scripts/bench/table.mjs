// Rows as a table for people.

const words = { stretch: 'stretch', met: 'met', short: 'SHORT', told: '', failed: 'FAILED' };

/** A line a row, under a heading; columns as wide as they have to be. */
export function table(rows) {
  const lines = [['goal', '', 'figure', 'min to max', 'bar', 'stretch', '', 'ours / theirs'], ...rows.map(cells)];
  // What went wrong is said in words, which may be long.
  const widths = lines[0].map((_, column) => Math.max(...lines.map((line) => (isWords(line, column) ? 0 : line[column].length))));
  const aligned = (cell, column, line) => {
    if (isWords(line, column)) return cell;
    return figureColumns.has(column) ? cell.padStart(widths[column]) : cell.padEnd(widths[column]);
  };
  return lines
    .map((line) =>
      line
        .map((cell, column) => aligned(cell, column, line))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** Those that end at one place. */
const figureColumns = new Set([2, 4, 5]);
const isWords = (line, column) => line.length <= column || (line.length === 3 && column === 2);

function cells(row) {
  const { id, title, verdict } = row;
  if (verdict === 'failed') return [id, title, `FAILED: ${row.why}`];
  const limit = (value) => (value === undefined ? '' : `${row.mustReach ? '>=' : '<='} ${value}`);
  const word = [row.gates || verdict === 'told' ? words[verdict] : `(${words[verdict]})`, row.isAgain ? 'again' : '']
    .filter(Boolean)
    .join(', ');
  const sides = `${amount(row.our)} / ${amount(row.their)} ${row.unit}`.trimEnd();
  const spread = `${figureText(row.least)} to ${figureText(row.most)}`;
  return [id, title, `${figureText(row.figure)}${row.of}`, spread, limit(row.bar), limit(row.stretch), word, sides];
}

/** Small figures need more places. */
export const figureText = (value) => (value === 0 || Math.abs(value) >= 0.1 ? value.toFixed(2) : value.toFixed(4));
export const amount = (value) => value.toFixed(value !== 0 && Math.abs(value) < 10 ? 2 : 0);

/** The same for a document. */
export function markdown(rows) {
  const line = (all) => `| ${all.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  const head = ['goal', 'compares', 'figure', 'min to max', 'bar', 'stretch', 'result', 'ours / theirs'];
  const filled = rows.map(cells).map((all) => [...all, ...Array(head.length - all.length).fill('')]);
  return [line(head), line(head.map(() => '---')), ...filled.map(line)].join('\n');
}
