// Terminals as one SVG: text in a monospace font, colours for light and dark, each row appearing a little after the one before. Where nothing
// moves, all rows are there.

const cell = { width: 7.8, height: 17 };
const margin = 14;
const rowDelay = 0.09;
const pause = 1.2;

/** The sixteen colours, for light pages and for dark ones. */
const light = [
  '#24292f',
  '#cf222e',
  '#116329',
  '#7d4e00',
  '#0550ae',
  '#8250df',
  '#1b7c83',
  '#6e7781',
  '#57606a',
  '#a40e26',
  '#1a7f37',
  '#633c01',
  '#0969da',
  '#a475f9',
  '#3192aa',
  '#8c959f',
];
const dark = [
  '#6e7681',
  '#ff7b72',
  '#3fb950',
  '#d29922',
  '#79c0ff',
  '#d2a8ff',
  '#56d4dd',
  '#b1bac4',
  '#8b949e',
  '#ffa198',
  '#56d364',
  '#e3b341',
  '#a5d6ff',
  '#e2c5ff',
  '#76e3ea',
  '#f0f6fc',
];

const palette = (colors) => colors.map((color, number) => `.c${number}{fill:${color}}`).join('');

/**
 * @param {{ typed: string, rows: { text: string, color?: number | string, isBold?: true, isDim?: true }[][] }[]} windows
 * @param {number} columns
 */
export function picture(windows, columns) {
  const lines = windows.flatMap(({ typed, rows }, index) => [
    ...(index === 0 ? [] : [{ spans: [] }]),
    ...promptLines(typed, columns).map((spans, at) => ({ spans, isTyped: at === 0 && index > 0 })),
    ...rows.map((spans) => ({ spans })),
  ]);
  const width = Math.ceil(columns * cell.width + 2 * margin);
  const height = Math.ceil(lines.length * cell.height + 2 * margin + 18);
  let at = 0.4;
  const rows = lines.map((line, index) => {
    at += line.isTyped ? pause : rowDelay;
    return rowOf(line.spans, margin + 18 + (index + 1) * cell.height - 4, at);
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="A terminal: sm-local trains examples/iris, serves the model and answers a request">
<style>
text{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;font-size:13px;white-space:pre;fill:#24292f}
.bg{fill:#f6f8fa;stroke:#d0d7de}.dot{fill:#d0d7de}.b{font-weight:700}.d{opacity:.65}
${palette(light)}
@media (prefers-color-scheme:dark){text{fill:#e6edf3}.bg{fill:#161b22;stroke:#30363d}.dot{fill:#484f58}${palette(dark)}}
@media (prefers-reduced-motion:no-preference){.r{animation:a .01s both}@keyframes a{from{visibility:hidden}to{visibility:visible}}}
</style>
<rect class="bg" x=".5" y=".5" width="${width - 1}" height="${height - 1}" rx="8"/>
${[0, 1, 2].map((dot) => `<circle class="dot" cx="${18 + dot * 16}" cy="16" r="5"/>`).join('')}
${rows.filter((row) => row !== '').join('\n')}
</svg>
`;
}

/** What is typed, broken where a person would break it. */
function promptLines(typed, columns) {
  const lines = [''];
  for (const word of typed.split(/ (?=--)/)) {
    const last = lines.length - 1;
    if (lines[last] === '') lines[last] = word;
    else if (lines[last].length + word.length + 6 <= columns) lines[last] += ` ${word}`;
    else {
      lines[last] += ' \\';
      lines.push(`    ${word}`);
    }
  }
  return lines.map((text, index) =>
    index === 0
      ? [
          { text: '$ ', color: 8 },
          { text, isBold: true },
        ]
      : [{ text: `  ${text}`, isBold: true }],
  );
}

function rowOf(spans, y, seconds) {
  if (spans.length === 0) return '';
  const parts = spans.map(({ text, color, isBold, isDim }) => {
    const classes = [typeof color === 'number' && color < 16 ? `c${color}` : '', isBold ? 'b' : '', isDim ? 'd' : '']
      .filter(Boolean)
      .join(' ');
    const fill = typeof color === 'string' ? ` fill="${color}"` : '';
    return classes === '' && fill === ''
      ? escaped(text)
      : `<tspan${classes === '' ? '' : ` class="${classes}"`}${fill}>${escaped(text)}</tspan>`;
  });
  return `<text class="r" style="animation-delay:${seconds.toFixed(2)}s" x="${margin}" y="${y}" xml:space="preserve">${parts.join('')}</text>`;
}

const escaped = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
