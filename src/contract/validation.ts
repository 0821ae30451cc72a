import { fail } from '../errors.ts';
import type { Operation } from './aws-shapes.ts';
import { clip } from './clip.ts';
import { type Violation, violations } from './violations.ts';

export type { Operation } from './aws-shapes.ts';
export { type Violation, violations } from './violations.ts';

export interface ValidationOptions {
  /**
   * Members AWS does not have. `refuse` suits files that people write, where they are misspellings; the service itself drops them,
   * and so must what stands in for it on the wire. Default: `refuse`.
   */
  readonly unknownMembers?: 'refuse' | 'ignore';
}

/**
 * Refuses a request that the operation's own page would refuse, in the service's words: every violation at once, with what to do
 * about each in the remedy. Errors: InvalidRequest.
 */
export function validateRequest(operation: Operation, request: unknown, options: ValidationOptions = {}): void {
  const found = violations(operation, request).filter(({ kind }) => kind !== 'unknown' || options.unknownMembers !== 'ignore');
  if (found.length === 0) return;
  const remedy = [...new Set(found.slice(0, mostReported).map((violation) => violation.advice))].join(' ');
  throw fail('InvalidRequest', { message: messageOf(found), remedy });
}

/**
 * `2 validation errors detected: Value 'x' at 'y' failed to satisfy constraint: …; Value …`. What is refused before that stage
 * stands on lines before it: types (in the cloud the first of them is all one sees), then unknown members.
 */
export function messageOf(found: readonly Violation[]): string {
  const of = (kind: Violation['kind']) => found.filter((violation) => violation.kind === kind).slice(0, mostReported);
  const types = of('type').map(({ constraint, path }) => (path ? `${constraint} (at '${path}')` : constraint));
  const unknown = of('unknown').map(({ constraint }) => constraint);
  const constraints = of('constraint').map(
    ({ value, path, constraint }) => `Value ${printed(value)} at '${path}' failed to satisfy constraint: ${constraint}`,
  );
  const count = `${constraints.length} validation error${constraints.length === 1 ? '' : 's'} detected: `;
  return [...types, ...unknown, ...(constraints.length > 0 ? [count + constraints.join('; ')] : [])].join('\n');
}

/** The framework names ten errors at most (dynalite found it in DynamoDB, which uses the same one). */
const mostReported = 10;

/** The service prints values whole; a request can hold megabytes. */
const longestPrinted = 1000;

const printed = (value: unknown): string => {
  if (value === undefined) return 'null';
  const text = javaText(value);
  return `'${text.length <= longestPrinted ? text : `${clip(text, longestPrinted)}…`}'`;
};

/** As Java prints lists and maps: `[a, b]`, `{a=1, b=2}`. */
function javaText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(javaText).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return String(value);
  if (value instanceof Date) return String(value.getTime() / 1000);
  return `{${Object.entries(value)
    .map(([key, content]) => `${key}=${javaText(content)}`)
    .join(', ')}}`;
}
