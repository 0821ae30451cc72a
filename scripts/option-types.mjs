// Writes src/library/given-options.ts, the options of the library, from the table of the command line; `--check` says instead whether it is
// up to date. Run `npm run build` first: it reads the compiled table.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkOptions } from '../dist/src/options/check-options.js';
import { defaultOf } from '../dist/src/options/defaults.js';
import { camelCase, libraryOptions } from '../dist/src/options/given.js';
import { optionOf } from '../dist/src/options/options.js';
import { serveOptions } from '../dist/src/options/serve-options.js';
import { trainOptions } from '../dist/src/options/train-options.js';
import { upOptions } from '../dist/src/options/up-options.js';
import { alternatives, entryShape, takesNumbers } from '../dist/src/options/value-shape.js';

const interfaces = [
  ['TrainGiven', 'sm-local train', trainOptions],
  ['ServeGiven', 'sm-local serve', serveOptions],
  ['UpGiven', 'sm-local up', upOptions],
  ['CheckGiven', 'sm-local check', checkOptions],
];

/** Where the library takes something else when nothing is said. */
const defaults = { port: 'a free port' };

const lineWidth = 140;

function render() {
  const texts = interfaces.map(([name, command, options]) => {
    const members = libraryOptions(options).map((name) => member(name, command.split(' ')[1]));
    return `/** The options of \`${command}\`. */\nexport interface ${name} {\n${members.join('\n')}\n}\n`;
  });
  return `// Made by \`node scripts/option-types.mjs\` from src/options/options.ts. Do not edit: run it again.

/** \`K=V\` as a map; an entry that is undefined is not there. */
export type NamedValues = Readonly<Record<string, string | number | boolean | undefined>>;

${texts.join('\n')}`;
}

function member(name, command) {
  const { describe, env } = optionOf(name);
  const byDefault = defaults[name] ?? defaultOf(name, command);
  const flag = `\`--${name}\`${env ? `, $${env}` : ''}`;
  const lines = [
    ...wrapped(`${describe[0].toUpperCase()}${describe.slice(1)} (${flag}).`),
    ...(byDefault ? ['', `@defaultValue ${byDefault}`] : []),
  ];
  const comment = lines.length === 1 ? `  /** ${lines[0]} */` : `  /**\n${lines.map((line) => `   * ${line}`.trimEnd()).join('\n')}\n   */`;
  return `${comment}\n  readonly ${camelCase(name)}?: ${typeOf(name)} | undefined;`;
}

function typeOf(name) {
  const { type } = optionOf(name);
  if (type === 'boolean') return 'boolean';
  const scalar = takesNumbers(name) ? 'string | number' : 'string';
  if (type === 'string')
    return (
      alternatives(name)
        ?.map((word) => `'${word}'`)
        .join(' | ') ?? scalar
    );
  switch (entryShape(name)) {
    case 'plain':
      return takesNumbers(name) ? `readonly (${scalar})[]` : `readonly ${scalar}[]`;
    case 'maybe-named':
      return 'string | readonly string[] | NamedValues';
    default:
      return 'readonly string[] | NamedValues';
  }
}

/** Words in lines that fit behind `   * `. */
function wrapped(text) {
  const lines = [''];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== '' && last.length + word.length + 6 > lineWidth - 2) lines.push(word);
    else lines[lines.length - 1] = last === '' ? word : `${last} ${word}`;
  }
  return lines;
}

const target = fileURLToPath(new URL('../src/library/given-options.ts', import.meta.url));
const text = render();
if (!process.argv.includes('--check')) {
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, text);
} else if (readFileSync(target, 'utf8') !== text) {
  process.stderr.write(
    'src/library/given-options.ts is not what the table of options says. Run: npm run build && node scripts/option-types.mjs\n',
  );
  process.exitCode = 1;
}
