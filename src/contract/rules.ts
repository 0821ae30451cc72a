/**
 * What one value of a request must satisfy beyond its type. The parts are worded as the service words them in published
 * errors, e.g. "Member must have length less than or equal to 63".
 */
export interface Rule {
  /** Characters of a string, items of a list, entries of a map: least and most. */
  readonly length?: Bounds;
  readonly pattern?: Pattern;
  /** Least and greatest value of a number. */
  readonly range?: Bounds;
  /** The wire type of a number, of which the SDK only knows `number`. `Integer` when absent. */
  readonly number?: NumberKind;
  /** The only numbers allowed. */
  readonly oneOf?: readonly number[];
  /** For each item of a list of plain values. */
  readonly items?: Rule;
  /** For the keys and the values of a map. */
  readonly keys?: Rule;
  readonly values?: Rule;
  /** An S3 location, where sm-local takes local ones too (see `isLocalLocation`). */
  readonly isLocation?: boolean;
}

export type Bounds = readonly [least: number, most: number];
export type NumberKind = 'Integer' | 'Long' | 'Float';

/** A regular expression for a whole value: as AWS prints it, what it asks for in our own words after "must", and the test. */
export interface Pattern {
  readonly text: string;
  readonly says: string;
  readonly matches: (value: string) => boolean;
}

export interface Part {
  readonly kind: 'most' | 'least' | 'pattern' | 'oneOf';
  /** AWS's words. */
  readonly constraint: string;
  readonly limit: number | undefined;
  readonly holds: (value: unknown) => boolean;
}

/** The parts of `rule` that `value` breaks. What is too long already is not matched against the pattern: that bounds the work. */
export function brokenParts(rule: Rule, value: unknown): readonly Part[] {
  if (rule.isLocation && isLocalLocation(value)) return [];
  const broken: Part[] = [];
  for (const part of partsOf(rule)) {
    const isTooLong = part.kind === 'pattern' && broken.some(({ kind }) => kind === 'most');
    if (!isTooLong && !part.holds(value)) broken.push(part);
  }
  return broken;
}

/** Everything a rule asks for, as AWS lists it for items, keys and values: `[Member must …, Member must …]`. */
export const listParts = (rule: Rule): string =>
  `[${partsOf(rule)
    .map(({ constraint }) => constraint)
    .join(', ')}]`;

/** In the order of published errors: most, least, pattern. Made once: headers are checked with every invocation. */
function partsOf(rule: Rule): readonly Part[] {
  let parts = partsOfRules.get(rule);
  if (parts === undefined) {
    parts = newParts(rule);
    partsOfRules.set(rule, parts);
  }
  return parts;
}

const partsOfRules = new WeakMap<Rule, readonly Part[]>();

function newParts({ length, range, pattern, oneOf }: Rule): readonly Part[] {
  const parts: Part[] = [];
  if (length) parts.push(...bounds('length', length, sizeOf));
  if (range) parts.push(...bounds('value', range, Number));
  if (pattern) {
    const constraint = `Member must satisfy regular expression pattern: ${pattern.text}`;
    parts.push({ kind: 'pattern', constraint, limit: undefined, holds: (value) => pattern.matches(String(value)) });
  }
  if (oneOf) {
    const constraint = `Member must satisfy enum value set: [${oneOf.join(', ')}]`;
    parts.push({ kind: 'oneOf', constraint, limit: undefined, holds: (value) => oneOf.includes(Number(value)) });
  }
  return parts;
}

function bounds(what: 'length' | 'value', [least, most]: Bounds, measure: (value: unknown) => number): readonly Part[] {
  const part = (kind: 'most' | 'least', limit: number): Part => ({
    kind,
    limit,
    constraint: `Member must have ${what} ${kind === 'most' ? 'less' : 'greater'} than or equal to ${limit}`,
    holds: (value) => (kind === 'most' ? measure(value) <= limit : measure(value) >= limit),
  });
  return [...(most === Number.POSITIVE_INFINITY ? [] : [part('most', most)]), part('least', least)];
}

export function sizeOf(value: unknown): number {
  if (typeof value === 'string' || Array.isArray(value)) return value.length;
  return typeof value === 'object' && value !== null ? Object.keys(value).length : 0;
}

/**
 * Whether a location is on this machine: a `file://` address or an absolute path. The cloud has no such thing; sm-local takes it
 * wherever an S3 URI stands, and of such a value asks nothing else.
 */
export const isLocalLocation = (value: unknown): boolean => typeof value === 'string' && /^(file:\/\/[^\0]+|\/[^\0]*)$/.test(value);

// --- how tables of rules are written --------------------------------------------------------------

export const text = (least: number, most: number, pattern?: Pattern): Rule => ({ length: [least, most], ...(pattern && { pattern }) });

export const whole = (least: number, most = Number.POSITIVE_INFINITY): Rule => ({ range: [least, most] });

export const list = (least: number, most: number, items?: Rule): Rule => ({ length: [least, most], ...(items && { items }) });

export const map = (most: number, keys: Rule, values: Rule): Rule => ({ length: [0, most], keys, values });

/**
 * A pattern from AWS's own text. Java matches the whole value and knows `\p{Alnum}`, which JavaScript lacks: `source` stands in
 * where the text cannot be used as it is.
 */
export function pattern(text: string, says: string, source = text): Pattern {
  const expression = new RegExp(`^(?:${source})$`, 'u');
  return { text, says, matches: (value) => expression.test(value) };
}
