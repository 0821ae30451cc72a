// Writes docs/api.md, the reference of the library, from the comments of what it exports; `--check` says instead whether it is up to date.
// Run `npm run build` first: it reads the declarations, which the compiler writes in one form.
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const page = join(root, 'docs/api.md');
const kinds = [
  ['Functions', /^(?:function |const \w+: (?:<.*?>)?\()/],
  ['Classes', /^(?:abstract )?class /],
  ['Values', /^const /],
  ['Types', /^/],
];

function render() {
  const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const doors = Object.entries(exports).filter(([, { types }]) => types);
  return [
    '# Library\n',
    'Everything that can be imported, with the comments of the code. `node scripts/api-reference.mjs` writes this page. Options are those of the command',
    'line in camelCase; the codes of errors stand in [errors.md](errors.md). Types with names of AWS, such as `DescribeTrainingJobResponse`, are those of',
    'the AWS SDK for JavaScript, and come with the package.\n',
    ...doors.flatMap(([path, { types }]) => door(join('sm-local', path), join(root, types))),
  ].join('\n');
}

function door(name, entry) {
  const exported = exportsOf(entry);
  const names = new Set(exported.map((one) => one.name));
  const entries = exported.map(({ name, file }) => declarationIn(file, name, names));
  const sections = kinds.map(([title, pattern]) => {
    const first = ({ code }) => kinds.find(([, of]) => of.test(code))?.[1] === pattern;
    return [title, entries.filter(first)];
  });
  return [
    `## \`${name}\`\n`,
    ...sections.flatMap(([title, found]) => (found.length === 0 ? [] : [`### ${title}\n`, ...found.map(described)])),
  ];
}

const described = ({ name, comment, code }) => `#### \`${name}\`\n\n${comment}\`\`\`ts\n${code}\n\`\`\`\n`;

/** Each name that a module exports, and the file that declares it. */
function exportsOf(file) {
  const text = readFileSync(file, 'utf8');
  const from = (specifier) => join(dirname(file), specifier.replace(/\.[jt]s$/, '.d.ts'));
  const all = [...text.matchAll(/^export \* from '(.+)';$/gm)].flatMap(([, specifier]) => exportsOf(from(specifier)));
  const named = [...text.matchAll(/^export (?:type )?\{([^}]*)\} from '(.+)';$/gm)].flatMap(([, list, specifier]) => {
    const names = list.split(',').map((item) => item.trim().replace(/^type /, ''));
    return names.filter(Boolean).map((name) => exportsOf(from(specifier)).find((one) => one.name === name) ?? missing(name, file));
  });
  const own = [...text.matchAll(/^export (?:declare )?(?:abstract )?(?:class|const|function|interface|type) (\w+)/gm)];
  return [...all, ...named, ...own.map(([, name]) => ({ name, file }))];
}

function missing(name, file) {
  throw new Error(`${file} exports ${name}, which nothing declares.`);
}

function declarationIn(file, name, exported) {
  const text = readFileSync(file, 'utf8');
  const start = new RegExp(`^export (?:declare )?((?:abstract )?(?:class|const|function|interface|type) ${name}\\b)`, 'm').exec(text);
  const rest = text.slice(start.index);
  const [code] = /^[^\n]*;(?=\n|$)|^[\s\S]*?\n\}[^\n]*;?(?=\n[^ }]|\s*$)/.exec(rest);
  const [, comment = ''] = /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\n$/.exec(text.slice(0, start.index)) ?? [];
  return { name, comment: prose(comment), code: withoutPrivate(code.replace(/^export (?:declare )?/, ''), text, exported) };
}

/** What stands in a comment, as Markdown. */
function prose(comment) {
  const lines = comment.split('\n').map((line) => line.replace(/^\s*\* ?/, '').trimEnd());
  const text = lines.join('\n').trim();
  return text === '' ? '' : `${text}\n\n`;
}

/** Without what nobody outside can use: private members, and a constructor that takes what is not exported. */
function withoutPrivate(code, text, exported) {
  const own = [...text.matchAll(/^import (?:type )?\{([^}]*)\} from '\.(?!\.?\/aws\/)[^']*';$/gm)].flatMap(
    ([, list]) => list.match(/\w+/g) ?? [],
  );
  const isHidden = (name) => own.includes(name) && !exported.has(name);
  return code
    .replace(/^ {4}(?:#private|private [^\n]*);\n/gm, '')
    .replace(/(?:^ {4}\/\*\*(?:(?!\*\/)[\s\S])*\*\/\n)?^ {4}constructor\(([\s\S]*?)\);\n/m, (whole, parameters) =>
      (parameters.match(/\b[A-Z]\w*/g) ?? []).some(isHidden) ? '' : whole,
    );
}

const written = render();
if (!process.argv.includes('--check')) writeFileSync(page, written);
else if (readFileSync(page, 'utf8') !== written) {
  console.error('docs/api.md is out of date. Run: node scripts/api-reference.mjs');
  process.exitCode = 1;
}
