// Lets the declarations that are shipped stand by themselves. AWS's request and response types come from @aws-sdk/client-sagemaker, which
// weighs 14 MB and is there for development only: whoever installs the package does not have it, and TypeScript would take each of those
// types for `any`. So the few that are used, and what they are made of, go into dist/src/aws/sagemaker.d.ts, and the declarations point there.

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

const client = '@aws-sdk/client-sagemaker';
const top = 'dist/src';
const target = join(top, 'aws/sagemaker.d.ts');
const importOfClient = new RegExp(`^import type \\{([^}]*)\\} from '${client}';$`, 'gm');

const users = readdirSync(top, { recursive: true })
  .filter((name) => name.endsWith('.d.ts'))
  .map((name) => ({ path: join(top, name), text: readFileSync(join(top, name), 'utf8') }))
  .filter(({ text }) => text.includes(`'${client}'`));

if (users.length > 0) {
  const wanted = users.flatMap(({ text }) => [...text.matchAll(importOfClient)].flatMap(([, names]) => namesIn(names)));
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, closure(new Set([...wanted, ...alreadyShipped()])));
  for (const { path, text } of users) writeFileSync(path, pointed(path, text));
}

/** The names of an import: of `Tag as AwsTag` the first. */
function namesIn(names) {
  return names
    .split(',')
    .map((name) => name.trim().split(' ')[0])
    .filter((name) => name !== '');
}

/** `tsc --watch` writes only some of the declarations again: the others keep what they had. */
function alreadyShipped() {
  try {
    return [...readFileSync(target, 'utf8').matchAll(/^export (?:interface|type) (\w+)/gm)].map(([, name]) => name);
  } catch (error) {
    if (error.code === 'ENOENT') return [];
    throw error;
  }
}

function pointed(path, text) {
  const to = relative(dirname(path), target).replace(/\.d\.ts$/, '.js');
  const result = text.replace(importOfClient, (line) => line.replace(client, to.startsWith('.') ? to : `./${to}`));
  if (result.includes(client)) throw new Error(`${path} mentions ${client} in a way that this script does not know.`);
  return result;
}

/** The declarations of these names and of all that they name. */
function closure(names) {
  const declarations = declarationsOfClient();
  for (const name of names) {
    const declaration = declarations.get(name);
    if (!declaration) throw new Error(`${client} declares no ${name}.`);
    for (const other of namedIn(declaration.text)) names.add(other); // a Set goes on with what is added meanwhile
  }
  const parts = [...names].sort().map((name) => declarations.get(name));
  const { version } = JSON.parse(readFileSync(`node_modules/${client}/package.json`, 'utf8'));
  const head = `// Taken from ${client} ${version}, Copyright Amazon.com, Inc. or its affiliates, Apache-2.0; comments are shortened.\n`;
  return `${head}${parts.map(({ comment, text }) => `${comment}${text}\n`).join('')}`;
}

/** What stands after the colon of a member, or after the equals sign, is a type. */
function namedIn(text) {
  const lines = text.split('\n').filter((line) => !line.trimStart().startsWith('/**'));
  const types = lines.map((line) => line.replace(/^[^:=]*[:=]/, '').replace(/"[^"]*"/g, ''));
  const names = types.flatMap((line) => line.match(/\b_?[A-Z]\w*/g) ?? []);
  return names.filter((name) => !['Date', 'Record', 'Uint8Array'].includes(name));
}

function declarationsOfClient() {
  const directory = `node_modules/${client}/dist-types/models`;
  const files = readdirSync(directory).filter((name) => /^(enums|models_\d+)\.d\.ts$/.test(name));
  const declarations = new Map();
  const statement =
    /^(\/\*\*\n(?: \*[^\n]*\n)+)?export (interface|type|declare const|declare enum) (\w+)([^;{]*(?:;|\{\n[\s\S]*?^\};?))$/gm;
  for (const file of files) {
    for (const [, comment = '', kind, name, rest] of readFileSync(join(directory, file), 'utf8').matchAll(statement)) {
      if (kind === 'type' && declarations.has(name)) continue; // of a list of values, which is there already
      declarations.set(name, { comment: firstParagraph(comment, ''), text: `export ${typeOf(kind, name, rest)}` });
    }
  }
  return declarations;
}

/** A declaration without values, which nobody would find at run time. */
function typeOf(kind, name, rest) {
  if (kind === 'declare const') return `type ${name} = ${valuesIn(rest)};`;
  if (kind === 'declare enum') return `type ${name} = number;`;
  return `${kind} ${name}${shortened(rest)}`;
}

function valuesIn(text) {
  return [...text.matchAll(/: ("[^"]*")/g)].map(([, value]) => value).join(' | ');
}

function shortened(text) {
  return text.replace(/^ +\/\*\*\n(?: +\*[^\n]*\n)+/gm, (comment) => firstParagraph(comment, '    '));
}

/** AWS's comments are pages of HTML; their first paragraph says what the member is. */
function firstParagraph(comment, indent) {
  const [, paragraph] = /<p>(.*?)<\/p>/s.exec(comment) ?? [];
  if (paragraph === undefined) return '';
  const words = paragraph
    .replace(/\n\s*\*\s?/g, ' ')
    .replace(/<[^>]*>/g, '')
    .replace(/\s+/g, ' ')
    .trim();
  return `${indent}/** ${words} */\n`;
}
