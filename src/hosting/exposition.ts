import { clip } from '../contract/clip.ts';

/** The samples of one metric, as a container tells them. Texts are escaped as they were. */
export interface MetricFamily {
  readonly name: string;
  readonly help: string | undefined;
  readonly type: MetricType;
  readonly samples: readonly MetricSample[];
}

export type MetricType = (typeof types)[number];

export interface MetricSample {
  /** That of the family, or with the suffix of a part of it. */
  readonly name: string;
  readonly labels: readonly Label[];
  /** The value, and behind it the time if there is one. */
  readonly value: string;
}

export type Label = readonly [name: string, value: string];

/** A line that is left out. `why` follows the number of the line. */
export interface Mistake {
  readonly line: number;
  readonly text: string;
  readonly why: string;
}

/**
 * Reads Prometheus's text format line by line; what is wrong with a line costs that line alone. Families that come in pieces are put
 * together, ones without samples left out. Source: "Exposition formats", text format 0.0.4.
 */
export function parseExposition(text: string): { readonly families: readonly MetricFamily[]; readonly mistakes: readonly Mistake[] } {
  const reading = new Reading();
  const mistakes: Mistake[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    const why = reading.take(line);
    if (why !== undefined) mistakes.push({ line: index + 1, text: JSON.stringify(clip(line, longestShown)), why });
  }
  return { families: reading.families.filter(({ samples }) => samples.length > 0), mistakes };
}

/** What sm-local's own families begin with. */
const reserved = 'sm_local_';

const types = ['counter', 'gauge', 'histogram', 'summary', 'untyped'] as const;

/** Type -> what follows the name of the family in the names of its samples. */
const suffixes: Readonly<Record<MetricType, readonly string[]>> = {
  counter: [''],
  gauge: [''],
  untyped: [''],
  histogram: ['_bucket', '_sum', '_count'],
  summary: ['', '_sum', '_count'],
};

const longestShown = 80;

interface OpenFamily {
  readonly name: string;
  help: string | undefined;
  type: MetricType | undefined;
  readonly samples: MetricSample[];
}

class Reading {
  readonly #families = new Map<string, OpenFamily>();
  /** Names and labels of the samples there have been. */
  readonly #seen = new Set<string>();

  get families(): readonly MetricFamily[] {
    return [...this.#families.values()].map(({ type = 'untyped', ...rest }) => ({ ...rest, type }));
  }

  /** Why the line is left out; undefined when it is not. */
  take(line: string): string | undefined {
    if (/^[ \t]*$/.test(line)) return undefined;
    if (/^[ \t]*#/.test(line)) return this.#comment(line);
    const sample = sampleOf(line);
    return typeof sample === 'string' ? sample : this.#sample(sample);
  }

  /** Only those count that give a family its help or its type. */
  #comment(line: string): string | undefined {
    const [, kind, name = '', rest = ''] = comment.exec(line) ?? [];
    if (kind === undefined) return /^[ \t]*#[ \t]+TYPE([ \t]|$)/.test(line) ? 'names no metric' : undefined;
    if (name.startsWith(reserved)) return isReserved;
    const family = this.#family(name);
    if (kind === 'HELP') {
      family.help ??= rest;
      return undefined;
    }
    const type = types.find((each) => each === rest.trim());
    if (type === undefined) return 'names no type';
    if (family.type !== undefined) return 'names a second type';
    if (family.samples.length > 0) return 'comes after samples';
    family.type = type;
    return undefined;
  }

  #sample(sample: MetricSample): string | undefined {
    const { name, labels } = sample;
    if (name.startsWith(reserved)) return isReserved;
    const key = JSON.stringify([name, ...labels.toSorted(([one], [other]) => (one < other ? -1 : 1))]);
    if (this.#seen.has(key)) return 'is there twice';
    const family = this.#familyOf(name);
    if (!suffixes[family.type ?? 'untyped'].includes(name.slice(family.name.length))) return `is no part of a ${family.type}`;
    this.#seen.add(key);
    family.samples.push(sample);
    return undefined;
  }

  #familyOf(name: string): OpenFamily {
    const [, base, suffix = ''] = /^(.+)(_bucket|_sum|_count)$/.exec(name) ?? [];
    const whole = base === undefined ? undefined : this.#families.get(base);
    return whole?.type !== undefined && suffixes[whole.type].includes(suffix) ? whole : this.#family(name);
  }

  #family(name: string): OpenFamily {
    let family = this.#families.get(name);
    if (family === undefined) {
      family = { name, help: undefined, type: undefined, samples: [] };
      this.#families.set(name, family);
    }
    return family;
  }
}

const isReserved = `begins with ${reserved}, as sm-local's own metrics do`;

const comment = /^[ \t]*#[ \t]+(HELP|TYPE)[ \t]+([a-zA-Z_:][a-zA-Z0-9_:]*)(?:[ \t]+(.*))?$/;

/** A sample, or why it is none. */
function sampleOf(line: string): MetricSample | string {
  const [head, name] = /^[ \t]*([a-zA-Z_:][a-zA-Z0-9_:]*)[ \t]*/.exec(line) ?? [];
  if (head === undefined || name === undefined) return 'is no sample';
  const found = line[head.length] === '{' ? labelsOf(line, head.length + 1) : { labels: [], end: head.length };
  if (typeof found === 'string') return found;
  const value = valueAndTime.exec(line.slice(found.end));
  if (!value) return 'has no value';
  return { name, labels: found.labels, value: value.slice(1).filter(Boolean).join(' ') };
}

const valueAndTime = /^[ \t]*([+-]?(?:(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?|inf(?:inity)?)|nan)(?:[ \t]+(-?\d+))?[ \t]*$/i;

/** Those that begin at `from`, behind the brace, and where what follows them begins. */
function labelsOf(line: string, from: number): { readonly labels: readonly Label[]; readonly end: number } | string {
  const labels: Label[] = [];
  const names = new Set<string>();
  const closing = /[ \t]*\}/y;
  const label = /[ \t]*([a-zA-Z_][a-zA-Z0-9_]*)[ \t]*=[ \t]*"((?:[^"\\]|\\["\\n])*)"[ \t]*(?:,|(?=\}))/y;
  for (let at = from; ; at = label.lastIndex) {
    closing.lastIndex = at;
    if (closing.test(line)) return { labels, end: closing.lastIndex };
    label.lastIndex = at;
    const [, name, value = ''] = label.exec(line) ?? [];
    if (name === undefined) return 'has labels that cannot be read';
    if (names.has(name)) return `has the label ${name} twice`;
    names.add(name);
    labels.push([name, value]);
  }
}
