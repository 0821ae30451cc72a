// The table of docs/contract.md: the chapters of the two pages of the contract, how many facts each has, where they come from, and what is not yet.

const sources = { D: 'documented', C: "AWS's code", O: 'observed', I: 'inferred' };

/** @param {{ training: string, hosting: string }} pages the two pages */
export function contractIndex(pages) {
  const chapters = Object.entries(pages).flatMap(([name, text]) => chaptersOf(text).map((chapter) => ({ name, ...chapter })));
  const line = (cells) => `| ${cells.join(' | ')} |`;
  const rows = chapters.map(({ name, title, facts }) => [
    `[${name}: ${title}](${name}-contract.md#${anchorOf(title)})`,
    facts.length,
    ...Object.keys(sources).map((letter) => facts.filter(({ surest }) => surest === letter).length || ''),
    facts.filter(({ isNotYet }) => isNotYet).length || '',
  ]);
  const sum = (column) => rows.reduce((total, cells) => total + Number(cells[column]), 0);
  const head = ['chapter', 'facts', ...Object.values(sources), 'not yet'];
  return [line(head), line(head.map(() => '---')), ...rows.map(line), line(['**all**', ...[1, 2, 3, 4, 5, 6].map(sum)])].join('\n');
}

function chaptersOf(text) {
  return text
    .split(/^## /m)
    .slice(1)
    .map((chapter) => ({ title: chapter.split('\n')[0], facts: factsOf(chapter) }))
    .filter(({ facts }) => facts.length > 0);
}

/** A fact counts under the surest of its sources: documentation before code, code before observation. */
function factsOf(chapter) {
  return chapter
    .split('\n')
    .filter((row) => row.startsWith('| ') && !/^\| (?:fact|---) /.test(row))
    .map((row) => {
      const cells = row.split('|').map((cell) => cell.trim());
      return { surest: cells.at(-2)[0], isNotYet: cells[2].includes('not yet') };
    });
}

/** As GitHub makes them of headings. */
export const anchorOf = (title) =>
  title
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');
