import { fail, reasonOf, type SmLocalError } from '../errors.ts';
import { closest } from './closest.ts';
import { kindOf } from './manifest.ts';

/** One attribute of one line: bytes that stand in the line itself, or the address of an object whose content is streamed. */
export type Attribute = { readonly kind: 'value'; readonly text: string } | { readonly kind: 'object'; readonly uri: string };

/** Where a line stands, for messages. */
export interface LinePlace {
  /** Whose manifest it is: `Channel "train"`. */
  readonly what: string;
  /** Of the manifest. */
  readonly uri: string;
  /** Counted from 1. */
  readonly line: number;
}

/**
 * The attributes of a line of an augmented manifest that are streamed, in the order of `AttributeNames`; others are ignored. Source:
 * "Provide Dataset Metadata to Training Jobs with an Augmented Manifest File". Our reading: a missing attribute is an error, text is
 * streamed as its characters and everything else as JSON.
 *
 * @throws ManifestInvalid
 */
export function attributesOf(text: string, names: readonly string[], { what, uri, line }: LinePlace): readonly Attribute[] {
  const refuse = (why: string, remedy: string, cause?: unknown): SmLocalError =>
    fail('ManifestInvalid', { what, uri, place: `line ${line}`, message: why, remedy }, cause);
  const values = parseLine(text, refuse);
  return names.map((name): Attribute => {
    if (!Object.hasOwn(values, name)) {
      const known = Object.keys(values);
      const near = closest(name, known);
      const remedy = near ? `Did you mean ${near}?` : `The line has: ${known.join(', ') || 'none'}.`;
      throw refuse(`has no attribute ${JSON.stringify(name)}, which AttributeNames asks for`, remedy);
    }
    const value = values[name];
    if (name.endsWith('-ref')) return { kind: 'object', uri: addressOf(name, value, refuse) };
    return { kind: 'value', text: textOf(name, value, refuse) };
  });
}

type Refuse = (why: string, remedy: string, cause?: unknown) => SmLocalError;

function parseLine(text: string, refuse: Refuse): Readonly<Record<string, unknown>> {
  const remedy = 'Write one JSON object a line: {"source-ref":"s3://bucket/cat.jpg","class":0}';
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    throw refuse(text.trim() === '' ? 'is empty' : `is not JSON: ${reasonOf(error)}`, remedy, error);
  }
  const kind = kindOf(parsed);
  if (kind !== 'an object') throw refuse(`is ${kind}, not an object`, remedy);
  return parsed as Record<string, unknown>;
}

function addressOf(name: string, value: unknown, refuse: Refuse): string {
  if (typeof value === 'string' && (/^s3:\/\/[^/]+\/./.test(value) || /^file:\/\/./.test(value) || /^\.{0,2}\/./.test(value))) return value;
  const found = typeof value === 'string' ? JSON.stringify(value) : kindOf(value);
  throw refuse(
    `has ${found} as ${JSON.stringify(name)}`,
    'A name that ends in -ref holds the address of an object: s3://bucket/key, file:///path or /path.',
  );
}

function textOf(name: string, value: unknown, refuse: Refuse): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value)) {
    throw refuse(`has an integer beyond 2^53 as ${JSON.stringify(name)}, whose digits would be lost`, 'Write it as a string.');
  }
  return JSON.stringify(value);
}
