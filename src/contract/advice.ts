import { clip } from './clip.ts';
import { closest } from './closest.ts';
import { type Part, type Rule, sizeOf } from './rules.ts';
import type { WireType } from './wire-types.ts';

/** What to do about a violation, in our own words: one sentence each, naming the field and what stands there. */
export const missing = (field: string): string => `Add ${field}.`;

export function unknown(field: string, member: string, members: readonly string[]): string {
  const near = closest(member, members);
  return near ? `Write ${near} instead of ${field}, which does not exist.` : `Remove ${field}, which does not exist.`;
}

export function notInEnum(field: string, value: string, values: readonly string[]): string {
  const near = closest(value, values);
  if (near) return `Set ${field} to "${near}"; it is ${shown(value)}.`;
  return `Set ${field} to ${values.length <= mostChoices ? choices(values) : `a value AWS knows, such as "${values[0]}"`}; it is ${shown(value)}.`;
}

export function wrongType(field: string, wanted: WireType, value: unknown): string {
  const what = `Make ${field || 'the request'} ${wantedAs[wanted]}`;
  if (wanted === 'string' && (typeof value === 'number' || typeof value === 'boolean')) return `${what}: "${value}", in quotes.`;
  return `${what}; it is ${shown(value)}.`;
}

export function broken(field: string, value: unknown, part: Part, rule: Rule): string {
  if (part.kind === 'pattern') return `${field} must ${rule.pattern?.says}; it is ${shown(value)}.`;
  if (part.kind === 'oneOf') return `Set ${field} to ${choices((rule.oneOf ?? []).map(String))}; it is ${shown(value)}.`;
  const limit = `${part.kind === 'most' ? 'at most' : 'at least'} ${part.limit}`;
  if (rule.range) return `Set ${field} to ${limit}; it is ${shown(value)}.`;
  return `${field} must have ${limit} ${unitOf(value, part.limit === 1)}; it has ${sizeOf(value)}.`;
}

/** A value as it looks in a message, cut so that a line stays a line. */
export const shown = (value: unknown): string => {
  const text = typeof value === 'bigint' ? String(value) : (JSON.stringify(value) ?? String(value));
  return text.length <= longestShown ? text : `${clip(text, longestShown)}…`;
};

const longestShown = 80;
const mostChoices = 12;

const choices = (values: readonly string[]): string =>
  values.length < 2 ? `"${values[0]}"` : `${values.slice(0, -1).join(', ')} or ${values.at(-1)}`;

const wantedAs: Readonly<Record<WireType, string>> = {
  string: 'a string',
  boolean: 'true or false, without quotes',
  timestamp: 'a number of seconds since 1970',
  list: 'a list',
  map: 'a map from names to strings',
  structure: 'a map of its members',
  Integer: 'a whole number, without quotes',
  Long: 'a whole number, without quotes',
  Float: 'a number, without quotes',
};

function unitOf(value: unknown, isOne: boolean): string {
  if (typeof value === 'string') return isOne ? 'character' : 'characters';
  if (Array.isArray(value)) return isOne ? 'item' : 'items';
  return isOne ? 'entry' : 'entries';
}
