import { refused } from './members.ts';

/** Whether a message is wanted. */
export type Filter = (message: string) => boolean;

/**
 * A filter pattern of terms: all plain terms are in the message, and none behind a `-`; or any of those behind a `?`, which count only where
 * there are no others. Capitals count; what is more than letters, digits and underscores stands in quotes. A term is found anywhere in
 * the message, within a word too (the service's own page does not say). Patterns for JSON, for fields between spaces and regular
 * expressions are not served. Source: CloudWatch Logs user guide, "Filter pattern syntax". Errors: InvalidParameter.
 */
export function filterOf(pattern: string): Filter {
  const trimmed = pattern.trim();
  const kind = kinds[trimmed.charAt(0)];
  if (kind !== undefined) throw invalid(`sm-local does not serve patterns ${kind}`);
  const terms = [...termsOf(trimmed)];
  const of = (sign: string): readonly string[] => terms.filter((term) => term.sign === sign).map(({ text }) => text);
  const [wanted, unwanted, some] = [of(''), of('-'), of('?')];
  const countsSome = some.length > 0 && wanted.length === 0 && unwanted.length === 0;
  return (message) =>
    wanted.every((text) => message.includes(text)) &&
    !unwanted.some((text) => message.includes(text)) &&
    (!countsSome || some.some((text) => message.includes(text)));
}

const kinds: Readonly<Record<string, string>> = {
  '{': 'for JSON ({ … })',
  '[': 'for fields between spaces ([ … ])',
  '%': 'of regular expressions (% … %)',
};

interface Term {
  readonly sign: string;
  readonly text: string;
}

function* termsOf(pattern: string): Generator<Term, void> {
  const term = /\s*([?-]?)(?:"((?:[^"\\]|\\.)*)"|(\S+))/gy;
  for (let match = term.exec(pattern); match; match = term.exec(pattern)) {
    const [, sign = '', quoted, bare = ''] = match;
    if (quoted === undefined && !/^[\p{L}\p{N}_]+$/u.test(bare)) throw invalid(`Invalid character(s) in term '${sign}${bare}'`);
    if (quoted === '') throw invalid(`Invalid character(s) in term '${sign}""'`);
    yield { sign, text: quoted?.replaceAll(/\\(.)/gs, '$1') ?? bare };
  }
}

const invalid = (why: string) =>
  refused(`Invalid filter pattern: ${why}`, 'Write words, phrases in double quotes, ?word for any of several, or -word for none of them.');
