import { fail, type SmLocalError } from '../errors.ts';

/** A rule between members that a request breaks: the service's message where one is published, and what to do about it. */
export interface BrokenRule {
  readonly message: string;
  readonly remedy: string;
}

/** One error for all of them, a message a line; undefined when none is broken. */
export function refusal(broken: readonly BrokenRule[]): SmLocalError | undefined {
  if (broken.length === 0) return undefined;
  return fail('InvalidRequest', {
    message: broken.map(({ message }) => message).join('\n'),
    remedy: broken.map(({ remedy }) => remedy).join(' '),
  });
}

/** The names that are there more than once. */
export const repeated = (names: readonly (string | undefined)[]): ReadonlySet<string> =>
  new Set(names.filter((name, index): name is string => name !== undefined && names.indexOf(name) < index));
