/** Two answers to one request, and in what they differ. Pure. */

/** An answer as it came or was recorded. */
export interface ComparedAnswer {
  readonly contentType: string | undefined;
  readonly body: Buffer;
}

/** How much two numbers may differ. One that is within either is the same. */
export interface Tolerance {
  /** Part of the greater of the two: 0.01 for one in a hundred. */
  readonly relative?: number;
  readonly absolute?: number;
}

export interface CompareOptions {
  /** None by default. A number is both, absolute and relative. */
  readonly tolerance?: number | Tolerance;
  /** Places that do not count, of JSON: `$.meta.time`, `$.predictions[*].id`; with all that is below them. */
  readonly ignore?: readonly string[];
}

export interface Difference {
  /** `$.predictions[0].score`, `row 2, column 3`, `line 4`, `byte 17`, `length`, `content type`. */
  readonly path: string;
  /** As texts; absent on the side that has nothing there. */
  readonly expected: string | undefined;
  readonly actual: string | undefined;
}

/** `$.predictions[0].score: 0.91 -> 0.88` */
export const differenceText = ({ path, expected, actual }: Difference): string =>
  `${path}: ${expected ?? '(nothing)'} -> ${actual ?? '(nothing)'}`;

/**
 * By the content type: JSON and JSON Lines by structure, CSV by cells, other text by lines, anything else by bytes. Where that of one does not
 * hold what it says, both are compared as text.
 */
export function compareAnswers(expected: ComparedAnswer, actual: ComparedAnswer, options: CompareOptions = {}): readonly Difference[] {
  const [type, otherType] = [essenceOf(expected), essenceOf(actual)];
  const types = type === otherType ? [] : [{ path: 'content type', expected: type, actual: otherType }];
  if (expected.body.equals(actual.body)) return types;
  return [...types, ...compareBodies(type, expected.body, actual.body, rulesOf(options))];
}

function compareBodies(type: string, expected: Buffer, actual: Buffer, rules: Rules): readonly Difference[] {
  const [one, other] = [expected.toString('utf8'), actual.toString('utf8')];
  if (/^application\/(x-)?(jsonlines|ndjson)$/.test(type)) return compareJsonLines(one, other, rules);
  if (/^application\/json$|\+json$/.test(type)) return compareJson(one, other, rules) ?? compareLines(one, other);
  if (type === 'text/csv') return compareCells(one, other, rules);
  return /^text\//.test(type) ? compareLines(one, other) : compareBytes(expected, actual);
}

interface Rules {
  readonly tolerance: Required<Tolerance>;
  readonly isIgnored: (path: string) => boolean;
}

function rulesOf({ tolerance = 0, ignore = [] }: CompareOptions): Rules {
  const given = typeof tolerance === 'number' ? { relative: tolerance, absolute: tolerance } : tolerance;
  const patterns = ignore.map(patternOf);
  return { tolerance: { relative: 0, absolute: 0, ...given }, isIgnored: (path) => patterns.some((pattern) => pattern.test(path)) };
}

/** `[*]` is any element, `.*` any member. */
function patternOf(path: string): RegExp {
  const literal = path.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${literal.replaceAll('\\[\\*\\]', '\\[\\d+\\]').replaceAll('\\.\\*', '\\.[^.[]+')}$`);
}

function areClose(one: number, other: number, { tolerance: { relative, absolute } }: Rules): boolean {
  const apart = Math.abs(one - other);
  return one === other || apart <= absolute || apart <= relative * Math.max(Math.abs(one), Math.abs(other));
}

/** Undefined where one of them is no JSON. */
function compareJson(expected: string, actual: string, rules: Rules, root = '$'): readonly Difference[] | undefined {
  try {
    return [...differencesOf(JSON.parse(expected), JSON.parse(actual), root, rules)];
  } catch {
    return undefined;
  }
}

function* differencesOf(expected: unknown, actual: unknown, path: string, rules: Rules): Generator<Difference, void> {
  if (rules.isIgnored(path)) return;
  if (typeof expected === 'number' && typeof actual === 'number' && areClose(expected, actual, rules)) return;
  if (Array.isArray(expected) && Array.isArray(actual)) {
    for (let index = 0; index < Math.max(expected.length, actual.length); index += 1)
      yield* differencesOf(expected[index], actual[index], `${path}[${index}]`, rules);
  } else if (isObject(expected) && isObject(actual)) {
    for (const key of new Set([...Object.keys(expected), ...Object.keys(actual)]))
      yield* differencesOf(own(expected, key), own(actual, key), path + member(key), rules);
  } else if (expected !== actual) {
    yield { path, expected: jsonText(expected), actual: jsonText(actual) };
  }
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const own = (of: Readonly<Record<string, unknown>>, key: string): unknown => (Object.hasOwn(of, key) ? of[key] : undefined);

const member = (key: string): string => (/^[\w$-]+$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`);

const jsonText = (value: unknown): string | undefined => (value === undefined ? undefined : clipped(JSON.stringify(value)));

function compareJsonLines(expected: string, actual: string, rules: Rules): readonly Difference[] {
  return compareByLine(expected, actual, (one, other, number) => {
    const found = compareJson(one, other, rules);
    return found?.map(({ path, ...rest }) => ({ path: `line ${number} ${path}`, ...rest }));
  });
}

function compareLines(expected: string, actual: string): readonly Difference[] {
  return compareByLine(expected, actual, () => undefined);
}

/** `look`: what differs between two lines; undefined: they do as such. */
function compareByLine(
  expected: string,
  actual: string,
  look: (one: string, other: string, number: number) => readonly Difference[] | undefined,
): readonly Difference[] {
  const [ones, others] = [linesOf(expected), linesOf(actual)];
  return Array.from({ length: Math.max(ones.length, others.length) }, (_, index) => {
    const [one, other] = [ones[index], others[index]];
    if (one === other) return [];
    const found = one !== undefined && other !== undefined ? look(one, other, index + 1) : undefined;
    return found ?? [{ path: `line ${index + 1}`, expected: textOf(one), actual: textOf(other) }];
  }).flat();
}

/** A line break at the end begins no line. */
const linesOf = (text: string): readonly string[] => text.replace(/\r?\n$/, '').split(/\r?\n/);

const textOf = (line: string | undefined): string | undefined => (line === undefined ? undefined : clipped(JSON.stringify(line)));

function compareCells(expected: string, actual: string, rules: Rules): readonly Difference[] {
  return compareByLine(expected, actual, (one, other, row) => {
    const [cells, otherCells] = [cellsOf(one), cellsOf(other)];
    return Array.from({ length: Math.max(cells.length, otherCells.length) }, (_, index) => {
      const [cell, otherCell] = [cells[index], otherCells[index]];
      const isSame = cell === otherCell || (isNumber(cell) && isNumber(otherCell) && areClose(Number(cell), Number(otherCell), rules));
      return isSame ? [] : [{ path: `row ${row}, column ${index + 1}`, expected: cell, actual: otherCell }];
    }).flat();
  });
}

/** Commas between quotes, and quotes doubled there, are text. A quoted cell with a line break is compared in pieces. */
function cellsOf(line: string): readonly string[] {
  return [...`,${line}`.matchAll(/,(?:"((?:[^"]|"")*)"(?=,|$)|([^,]*))/g)].map(([, quoted, plain]) =>
    quoted === undefined ? (plain ?? '').trim() : quoted.replaceAll('""', '"'),
  );
}

const isNumber = (cell: string | undefined): boolean => cell !== undefined && cell !== '' && Number.isFinite(Number(cell));

/** The first byte that differs, and how many do where it is not the only one. */
function compareBytes(expected: Buffer, actual: Buffer): readonly Difference[] {
  const lengths = expected.length === actual.length ? [] : [{ path: 'length', expected: `${expected.length}`, actual: `${actual.length}` }];
  const common = Math.min(expected.length, actual.length);
  let first: number | undefined;
  let count = 0;
  for (let index = 0; index < common; index += 1) {
    if (expected[index] === actual[index]) continue;
    first ??= index;
    count += 1;
  }
  if (first === undefined) return lengths;
  const path = count === 1 ? `byte ${first}` : `byte ${first}, the first of ${count} that differ`;
  return [...lengths, { path, expected: hex(expected[first]), actual: hex(actual[first]) }];
}

const hex = (byte = 0): string => `0x${byte.toString(16).padStart(2, '0')}`;

const essenceOf = ({ contentType = 'application/octet-stream' }: ComparedAnswer): string =>
  (contentType.split(';', 1)[0] ?? '').trim().toLowerCase();

const clipped = (text: string): string => (text.length > longestText ? `${text.slice(0, longestText)}…` : text);

/** Characters of a value in a difference. */
const longestText = 120;
