// Points of growth, for people.

import { amount, figureText } from './table.mjs';

export function growthTable(rows) {
  const lines = [];
  let last;
  for (const row of rows) {
    if (row.id !== last) lines.push('', `${row.id}: ${row.title}`);
    last = row.id;
    lines.push(`  ${`${row.size}`.padStart(9)}  ${pointText(row)}`);
  }
  return lines.join('\n').trim();
}

export function pointText({ our, their, ratio, unit, why }) {
  if (why !== undefined) return `FAILED: ${why}`;
  return their === undefined ? `${amount(our)} ${unit}` : `${figureText(ratio)}  ${amount(our)} / ${amount(their)} ${unit}`;
}
