// Rows as a table for people.

const words = { stretch: 'stretch', met: 'met', short: 'SHORT', told: '', failed: 'FAILED' };

/** A line a row, under a heading; columns as wide as they have to be. */
export function table(rows) {
  const lines = [['goal', '', 'figure', 'min to max', 'bar', 'stretch', '', 'ours / theirs'], ...rows.map(cells)];
  const widths = lines[0].map((_, column) => Math.max(...lines.filter(({ length }) => length > 3).map((line) => line[column].length)));
  return lines.map((line) => aligned(line, widths)).join('\n');
}

/** Columns of figures end at one place, those of words begin there. */
const isFigure = [false, false, true, false, true, true, false, false];

const aligned = (line, widths) =>
  line
    .map((cell, column) =>
      column > 2 && line.length === 3
        ? cell
        : isFigure[column] && line.length > 3
          ? cell.padStart(widths[column])
          : cell.padEnd(widths[column]),
    )
    .join('  ')
    .trimEnd();

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
