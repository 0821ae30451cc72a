import { isMap, isScalar, isSeq, type Node, type Scalar } from 'yaml';
import { parseFaults } from '../contract/faults.ts';
import { parseLimits } from '../contract/limits.ts';
import { isError } from '../errors.ts';
import { type OptionName, optionOf } from '../options/options.ts';
import { alternatives, type EntryShape, entryShape, type TextPattern, textPattern } from '../options/value-shape.ts';
import type { ProjectDocument } from './document.ts';

/** Where a value stands in its document, for what is said of it. */
export interface Context {
  readonly document: ProjectDocument;
  /** `train.hp` */
  readonly key: string;
  /** Takes what is wrong: the place, what it is, and the way out. */
  readonly wrong: (at: Node, message: string, wayOut: string) => void;
}

/** An option's value as the command line would have given it, or undefined where it was wrong and has been told. */
export function optionValue(name: OptionName, node: Node, context: Context): string | readonly string[] | boolean | undefined {
  const { type } = optionOf(name);
  if (type === 'list') return entries(name, node, context);
  if (type === 'string') return checked(name, node, context);
  const target = context.document.target(node);
  if (isScalar(target) && typeof target.value === 'boolean') return target.value;
  context.wrong(node, `${context.key}: ${told(node, context)} is neither true nor false.`, 'Write true or false.');
  return undefined;
}

/** The text of a scalar: as it is written, so that `1.0` stays `1.0`. Null, lists and maps are wrong. */
export function scalarText(node: Node, context: Context, wayOut: string, forNull = writeOne): string | undefined {
  const target = context.document.target(node);
  if (isScalar(target) && target.value !== null) return textOf(target);
  const what = isScalar(target) ? (textOf(target) === '' ? 'there is no value' : 'null is no value') : '';
  if (what !== '') context.wrong(node, `${context.key}: ${what}.`, forNull);
  else if (target === undefined)
    context.wrong(node, `${context.key}: no anchor is called ${told(node, context)}.`, 'Set it before with &.');
  else context.wrong(node, `${context.key}: ${isMap(target) ? 'a map' : 'a list'} cannot stand here: ${told(node, context)}.`, wayOut);
  return undefined;
}

const writeOne = 'Write one, or remove the key; "" is an empty text.';

function checked(name: OptionName, node: Node, context: Context): string | undefined {
  const words = alternatives(name);
  const text = scalarText(node, context, words ? `Write ${oneOf(words)}.` : `Write a text: ${optionOf(name).value ?? '…'}.`);
  if (text === undefined) return undefined;
  if (words && !words.includes(text)) {
    context.wrong(node, `${context.key}: ${told(node, context)} is none of ${words.join(', ')}.`, `Write ${oneOf(words)}.`);
    return undefined;
  }
  return matching(text, textPattern(name), node, context);
}

function matching(text: string, pattern: TextPattern | undefined, node: Node, context: Context): string | undefined {
  if (!pattern || new RegExp(pattern.pattern).test(text)) return text;
  context.wrong(node, `${context.key}: ${told(node, context)} is not ${pattern.what}.`, `Write it like ${pattern.example}.`);
  return undefined;
}

function entries(name: OptionName, node: Node, context: Context): readonly string[] | undefined {
  const shape = entryShape(name);
  const target = context.document.target(node);
  if (isSeq(target)) {
    const texts = target.items.map((item, index) => listed(name, item as Node, { ...context, key: `${context.key}[${index}]` }));
    return texts.filter((text) => text !== undefined);
  }
  if (isMap(target) && shape !== 'plain') {
    const texts = target.items.map(({ key, value }) => named(name, key as Node, value as Node | null, context));
    return texts.filter((text) => text !== undefined);
  }
  const isAlone = shape === 'plain' || shape === 'maybe-named';
  if (isAlone && isScalar(target) && target.value !== null) {
    const text = listed(name, node, context);
    return text === undefined ? undefined : [text];
  }
  if (isAlone) scalarText(node, context, shape === 'plain' ? 'Write a list of texts.' : 'Write a text, a map, or a list of texts.');
  else if (isScalar(target) && target.value === null) scalarText(node, context, mapOf(context), mapOf(context));
  else context.wrong(node, `${context.key}: ${told(node, context)} is no map.`, mapOf(context));
  return undefined;
}

/** One entry of a list. */
function listed(name: OptionName, node: Node, context: Context): string | undefined {
  const shape = entryShape(name);
  const text = scalarText(node, context, shape === 'plain' ? 'Write a text.' : `Write it as ${forms[shape]}.`);
  if (text === undefined) return undefined;
  if (shape === 'plain') return matching(text, textPattern(name), node, context);
  if (entryPatterns[shape].test(text)) return known(name, text, node, context);
  context.wrong(node, `${context.key}: ${told(node, context)} has no name in front.`, `Write it as ${forms[shape]}.`);
  return undefined;
}

/** One entry of a map, as `K=V`. */
function named(name: OptionName, key: Node, value: Node | null, context: Context): string | undefined {
  const target = context.document.target(key);
  const label = isScalar(target) ? textOf(target) : '';
  if (label === '' || label.includes('=')) {
    context.wrong(key, `${context.key}: ${told(key, context)} cannot be a name.`, 'Names are texts, not empty, and have no "=".');
    return undefined;
  }
  const quoted = name === 'hp' ? `Hyperparameters are texts: put JSON in quotes, ${label}: '[1, 2]'.` : 'Write a text.';
  const alone =
    entryShape(name) === 'maybe-valued' ? `Write one; a list can hold ${label} alone, for the variable of this name.` : writeOne;
  const text = scalarText(value ?? key, { ...context, key: `${context.key}.${label}` }, quoted, alone);
  return text === undefined ? undefined : known(name, `${label}=${text}`, key, context);
}

/** Limits and faults have names, and values of their own each. */
function known(name: OptionName, entry: string, node: Node, context: Context): string | undefined {
  try {
    readers[name]?.([entry]);
    return entry;
  } catch (error) {
    if (!isError(error, 'WrongUsage')) throw error;
    context.wrong(node, `${context.key}: ${error.message}`, error.remedy);
    return undefined;
  }
}

const readers: Readonly<Partial<Record<OptionName, (entries: readonly string[]) => unknown>>> = { limit: parseLimits, fault: parseFaults };

const mapOf = ({ key }: Context): string => `Write a map, ${key.split('.').at(-1)}: { name: value }, or a list of texts, name=value each.`;

const forms: Readonly<Record<Exclude<EntryShape, 'plain'>, string>> = {
  named: 'name=value',
  'maybe-named': 'name=value, or as the value for all of them',
  'maybe-valued': 'name=value, or as the name alone',
};

/** What an entry of a list must look like; the schema says the same. */
export const entryPatterns: Readonly<Record<Exclude<EntryShape, 'plain'>, RegExp>> = {
  named: /^[^=]+=/,
  'maybe-named': /^[^=]/,
  'maybe-valued': /^[^=]/,
};

const textOf = ({ source, value }: Scalar): string => source ?? String(value);
const told = (node: Node, { document }: Context): string => document.written(node);
const oneOf = (words: readonly string[]): string => `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
