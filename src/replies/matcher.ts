import { isDeepStrictEqual } from 'node:util';
import { fail } from '../errors.ts';
import type { ReceivedRequest } from './received-request.ts';

/** Which requests are meant: a claim about each, or what all has to hold. */
export type Matcher = Criteria | ((request: ReceivedRequest) => boolean);

export interface Criteria {
  /** Without parameters, in any case: `text/csv` means `Text/CSV; charset=utf-8` too. A pattern sees all of it. */
  readonly contentType?: string | RegExp;
  /** Names in any case. */
  readonly headers?: Readonly<Record<string, string | RegExp>>;
  /** All of it, byte by byte; or a pattern that its text has. */
  readonly body?: string | Uint8Array | RegExp;
  /** Somewhere in its text. */
  readonly contains?: string;
  /** Its JSON has all of this: objects may have more members, arrays have as many elements. */
  readonly json?: unknown;
  readonly where?: (request: ReceivedRequest) => boolean;
}

/** Refuses what no matcher can be: a criterion that is misspelt would hold for every request. Errors: WrongUsage. */
export function checkMatcher(matcher: unknown): asserts matcher is Matcher {
  if (typeof matcher === 'function') return;
  const unknown = typeof matcher === 'object' && matcher !== null ? Object.keys(matcher).filter((name) => !criteria.has(name)) : undefined;
  if (unknown?.length === 0) return;
  const message = unknown ? `A matcher has no ${unknown.join(', ')}.` : `${quoted(matcher)} is no matcher.`;
  throw fail('WrongUsage', { message, remedy: `Give a function, or some of ${[...criteria].join(', ')}.` });
}

const criteria: ReadonlySet<string> = new Set<keyof Criteria>(['contentType', 'headers', 'body', 'contains', 'json', 'where']);

/** What of a matcher does not hold, a clause each: `contentType is text/csv, not application/json`. Empty where all does. */
export function mismatches(matcher: Matcher, request: ReceivedRequest): readonly string[] {
  if (typeof matcher === 'function') return said(matcher, request) ? [] : [`${nameOf(matcher)} says no`];
  const { contentType, headers = {}, body, contains, json, where } = matcher;
  return [
    ...(contentType === undefined ? [] : typeMismatch(contentType, request.contentType)),
    ...Object.entries(headers).flatMap(([name, value]) => textMismatch(name, value, request.headers[name.toLowerCase()])),
    ...(body === undefined ? [] : bodyMismatch(body, request)),
    ...(contains === undefined || request.text().includes(contains) ? [] : [`body has no ${quoted(contains)}`]),
    ...(json === undefined ? [] : jsonMismatch(json, request)),
    ...(where === undefined || said(where, request) ? [] : [`${nameOf(where)} says no`]),
  ];
}

/** Errors: WrongUsage, for a promise, which would hold for every request. */
function said(claim: (request: ReceivedRequest) => boolean, request: ReceivedRequest): boolean {
  const answer: unknown = claim(request);
  if (typeof answer !== 'object' || answer === null || !('then' in answer)) return Boolean(answer);
  Promise.resolve(answer).catch(() => {}); // nobody waits for it
  throw fail('WrongUsage', {
    message: `${nameOf(claim)} answers with a promise.`,
    remedy: 'Give a function that answers true or false at once.',
  });
}

/** For people: `contentType text/csv, contains "setosa"`. */
export function textOf(matcher: Matcher): string {
  if (typeof matcher === 'function') return nameOf(matcher);
  const texts = Object.entries(matcher).flatMap(([name, value]) => (value === undefined ? [] : [`${name} ${valueText(value)}`]));
  return texts.join(', ') || 'any request';
}

function typeMismatch(wanted: string | RegExp, found: string | undefined): readonly string[] {
  if (typeof wanted !== 'string') return textMismatch('contentType', wanted, found);
  return essence(wanted) === essence(found ?? '') ? [] : [`contentType is ${found ?? 'absent'}, not ${wanted}`];
}

function textMismatch(name: string, wanted: string | RegExp, found: string | undefined): readonly string[] {
  if (found !== undefined && (typeof wanted === 'string' ? wanted === found : fresh(wanted).test(found))) return [];
  return [`${name} is ${found ?? 'absent'}, not ${valueText(wanted)}`];
}

function bodyMismatch(wanted: string | Uint8Array | RegExp, { body }: ReceivedRequest): readonly string[] {
  const isIt = wanted instanceof RegExp ? fresh(wanted).test(body.toString('utf8')) : body.equals(Buffer.from(wanted as string));
  return isIt ? [] : [`body is ${valueText(body)}, not ${valueText(wanted)}`];
}

function jsonMismatch(wanted: unknown, request: ReceivedRequest): readonly string[] {
  let found: unknown;
  try {
    found = request.json();
  } catch {
    return [`body is ${valueText(request.body)}, no JSON`];
  }
  const lacking = lack(wanted, found, '$');
  return lacking === undefined ? [] : [lacking];
}

/** The first place at which `found` does not have what is wanted. */
function lack(wanted: unknown, found: unknown, path: string): string | undefined {
  if (Array.isArray(wanted)) {
    if (!Array.isArray(found)) return differs(path, wanted, found);
    if (wanted.length !== found.length) return `json ${path} has ${found.length} elements, not ${wanted.length}`;
    return first(wanted, (element, index) => lack(element, found[index], `${path}[${index}]`));
  }
  if (typeof wanted === 'object' && wanted !== null) {
    if (typeof found !== 'object' || found === null || Array.isArray(found)) return differs(path, wanted, found);
    return first(Object.entries(wanted), ([key, value]) => lack(value, (found as Record<string, unknown>)[key], `${path}.${key}`));
  }
  return isDeepStrictEqual(wanted, found) ? undefined : differs(path, wanted, found);
}

const differs = (path: string, wanted: unknown, found: unknown): string =>
  `json ${path} is ${found === undefined ? 'absent' : valueText(found)}, not ${valueText(wanted)}`;

function first<T>(of: readonly T[], look: (each: T, index: number) => string | undefined): string | undefined {
  for (const [index, each] of of.entries()) {
    const found = look(each, index);
    if (found !== undefined) return found;
  }
  return undefined;
}

const essence = (contentType: string): string => (contentType.split(';', 1)[0] ?? '').trim().toLowerCase();

/** One that is global or sticky would go on where it stopped the last time. */
const fresh = (pattern: RegExp): RegExp => new RegExp(pattern.source, pattern.flags.replace(/[gy]/g, ''));

const nameOf = (claim: (request: ReceivedRequest) => boolean): string => claim.name || 'a function';

function valueText(value: unknown): string {
  if (value instanceof RegExp) return String(value);
  if (typeof value === 'function') return value.name;
  if (value instanceof Uint8Array) return bytesText(Buffer.from(value));
  return quoted(value);
}

/** Text as text; what is none by its size. */
const bytesText = (bytes: Buffer): string => {
  const text = bytes.toString('utf8');
  return text.includes('\ufffd') ? `${bytes.length} bytes` : quoted(text);
};

const quoted = (value: unknown): string => {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > longestValue ? `${text.slice(0, longestValue)}…` : text;
};

/** Characters of a value in a sentence. */
const longestValue = 200;
