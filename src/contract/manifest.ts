import { fail, reasonOf, type SmLocalError } from '../errors.ts';

/** A manifest of `S3DataType` ManifestFile: the objects are `prefix` with each of `entries` appended to it as it stands. */
export interface Manifest {
  readonly prefix: string;
  readonly entries: readonly string[];
}

/**
 * Reads `[{"prefix":"s3://bucket/some/"},"a.csv","b.csv"]`. Source: API Reference, S3DataSource, `S3Uri`. Entries are counted from 0, which
 * is the prefix.
 *
 * @param uri of the manifest, for messages
 * @param what whose manifest it is: `Channel "train"`
 * @throws ManifestInvalid
 */
export function parseManifest(text: string, uri: string, what: string): Manifest {
  const refuse = (place: string, why: string, cause?: unknown): SmLocalError =>
    fail('ManifestInvalid', { what, uri, place, message: why, remedy: `Write it so: ${example}` }, cause);
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    throw refuse('it', `is not JSON: ${reasonOf(error)}`, error);
  }
  if (!Array.isArray(parsed)) throw refuse('it', `is ${kindOf(parsed)}, not an array`);
  const [first, ...entries]: readonly unknown[] = parsed;
  if (!isRecord(first) || !('prefix' in first)) {
    throw refuse('entry 0', `is ${first === undefined ? 'missing' : describe(first)}; it must be an object with "prefix"`);
  }
  const { prefix } = first;
  if (typeof prefix !== 'string') throw refuse('entry 0', `has ${describe(prefix)} as "prefix", not a string`);
  const wrong = whyNoPrefix(prefix);
  if (wrong !== undefined) throw refuse('entry 0', `has the prefix ${JSON.stringify(prefix)}, which ${wrong}`);
  if (entries.length === 0) throw refuse('it', 'names no objects: there is nothing after the prefix');
  for (const [index, entry] of entries.entries()) {
    const why = whyNoEntry(entry);
    if (why !== undefined) throw refuse(`entry ${index + 1}`, why);
  }
  return { prefix, entries: entries as string[] };
}

const example = '[{"prefix":"s3://bucket/some/prefix/"},"a.csv","b.csv"]';

/** AWS takes S3 URIs; addresses of this machine stand in for them. */
function whyNoPrefix(prefix: string): string | undefined {
  if (prefix === '') return 'is empty';
  if (/^s3:\/\/[^/]+/.test(prefix) || /^file:\/\/./.test(prefix) || /^\.{0,2}\//.test(prefix)) return undefined;
  return 'is neither an S3 URI (s3://bucket/some/prefix/) nor a local path (file:///some/directory/, /some/directory/, ./some/directory/)';
}

function whyNoEntry(entry: unknown): string | undefined {
  if (typeof entry === 'string') {
    if (entry === '') return 'is empty';
    return /^(s3|https?|file):\/\//.test(entry)
      ? `is the whole address ${JSON.stringify(entry)}: entries are appended to the prefix, so a manifest names objects of one bucket only`
      : undefined;
  }
  if (isRecord(entry) && 'prefix' in entry) return 'is another prefix: a manifest has one, and so names objects of one bucket only';
  return `is ${describe(entry)}, not a string`;
}

const isRecord = (value: unknown): value is Record<string, unknown> => kindOf(value) === 'an object';

/** What it is, with the value where that is short. */
function describe(value: unknown): string {
  const kind = kindOf(value);
  return ['an object', 'an array', 'null'].includes(kind) ? kind : `${kind} (${JSON.stringify(value).slice(0, 80)})`;
}

/** What JSON calls it, with its article. */
export function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
