// Writes schema/sm-local.schema.json, what a project file may say, and the table of keys in docs/project-file.md, from the table of the
// command line; `--check` says instead whether both are up to date. Run `npm run build` first: it reads the compiled table.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defaultOf } from '../dist/src/options/defaults.js';
import { optionOf } from '../dist/src/options/options.js';
import { alternatives, entryNames, entryShape, textPattern } from '../dist/src/options/value-shape.js';
import { commandKeys, commandsOfImages, projectCommands, sharedKeys } from '../dist/src/project/keys.js';
import { entryPatterns } from '../dist/src/project/values.js';

const page = 'docs/project-file.md';
const schemaFile = 'schema/sm-local.schema.json';

const image = {
  description: 'The image, or a directory with a Dockerfile. One on the command line, or of a request there (-f), wins over it.',
  ...scalar(),
};

const commandTexts = {
  train: 'Options of sm-local train.',
  serve: 'Options of sm-local serve.',
  up: 'Options of sm-local up.',
  invoke: 'Options of sm-local invoke.',
  check: 'Options of sm-local check, which also takes the inputs of train, the model of serve and the body of invoke.',
};

function schema() {
  const sections = projectCommands.map((command) => [command, section(command, commandKeys[command], commandsOfImages.includes(command))]);
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Project file of sm-local',
    ...section(undefined, sharedKeys, true, Object.fromEntries(sections)),
  };
}

function section(command, options, hasImage, more = {}) {
  return {
    description: command === undefined ? 'What the flags of sm-local say, for all commands and for each of them.' : commandTexts[command],
    type: ['object', 'null'],
    additionalProperties: false,
    properties: {
      ...(hasImage && { image }),
      ...Object.fromEntries(options.map((name) => [name, { ...described(name, command), ...shape(name) }])),
      ...more,
    },
  };
}

function described(name, command) {
  const { describe, value = '', env } = optionOf(name);
  const byDefault = defaultOf(name, command);
  const sentences = [
    `${describe[0].toUpperCase()}${describe.slice(1)}${value === '' ? '' : ` (${value})`}.`,
    ...(byDefault ? [`Default: ${byDefault}.`] : []),
    ...(env ? [`The environment variable ${env} wins over it.`] : []),
  ];
  return { description: sentences.join(' '), ...(byDefault && /^[^\s<]+$/.test(byDefault) && { default: byDefault }) };
}

function shape(name) {
  const { type } = optionOf(name);
  if (type === 'boolean') return { type: 'boolean' };
  if (type === 'string') return text(name);
  const entries = entryShape(name);
  if (entries === 'plain') return { anyOf: [text(name), { type: 'array', items: text(name) }] };
  const items = entries === 'named' ? { type: 'string', pattern: entryPatterns.named.source } : scalar(entryPatterns[entries].source);
  const map = {
    type: 'object',
    propertyNames: entryNames(name) ? { enum: [...entryNames(name)] } : { pattern: '^[^=]+$' },
    additionalProperties: scalar(),
  };
  return { anyOf: [...(entries === 'maybe-named' ? [items] : []), map, { type: 'array', items }] };
}

/** The value of an option, or of an entry of a list without names. */
function text(name) {
  const words = alternatives(name);
  if (words) return { enum: [...words] };
  const found = textPattern(name);
  if (!found) return scalar();
  const { least, most, isWhole } = found.range;
  const number = { type: isWhole ? 'integer' : 'number', minimum: least, ...(most !== undefined && { maximum: most }) };
  return { anyOf: [{ type: 'string', pattern: found.pattern }, number] };
}

/** Numbers and booleans are the texts that stand there. */
function scalar(pattern) {
  return { type: ['string', 'number', 'boolean'], ...(pattern !== undefined && { pattern }) };
}

/** The keys as a table: what each is, where it may stand, and its default. */
function table() {
  const names = [...new Set([...sharedKeys, ...projectCommands.flatMap((command) => commandKeys[command])])].sort();
  const rows = names.map((name) => {
    const { describe, default: byDefault = '', path } = optionOf(name);
    const commands = projectCommands.filter((command) => commandKeys[command].includes(name));
    const places = [...(sharedKeys.includes(name) ? ['top'] : []), ...commands.map((command) => `\`${command}\``)].join(', ');
    const cells = [`\`${name}\``, places, `${written(name)}`, `${describe}${path ? ' †' : ''}`, byDefault];
    return `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('<', '&lt;')).join(' | ')} |`;
  });
  return [
    '| key | where | value | | default |',
    '| --- | --- | --- | --- | --- |',
    `| \`image\` | top, ${commandsOfImages.map((command) => `\`${command}\``).join(', ')} | IMAGE\\|DIR | an image, or a directory with a Dockerfile † | |`,
    ...rows,
  ].join('\n');
}

function written(name) {
  const { type, value } = optionOf(name);
  if (type === 'boolean') return 'true|false';
  if (type === 'string') return value;
  return entryShape(name) === 'plain' ? `list of ${value}` : `map or list of ${value}`;
}

const path = (file) => fileURLToPath(new URL(`../${file}`, import.meta.url));

function wanted() {
  const [, before, after] = /^([\s\S]*<!-- keys: made by [^>]* -->\n)[\s\S]*?(\n<!-- end of keys -->[\s\S]*)$/.exec(
    readFileSync(path(page), 'utf8'),
  );
  return { [schemaFile]: `${JSON.stringify(schema(), null, 2)}\n`, [page]: `${before}${table()}${after}` };
}

for (const [file, content] of Object.entries(wanted())) {
  if (!process.argv.includes('--check')) {
    mkdirSync(dirname(path(file)), { recursive: true });
    writeFileSync(path(file), content);
  } else if (readFileSync(path(file), 'utf8') !== content) {
    process.stderr.write(`${file} is not what the table of options says. Run: npm run build && node scripts/project-schema.mjs\n`);
    process.exitCode = 1;
  }
}
