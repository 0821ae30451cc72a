import { closest } from '../contract/closest.ts';
import { fail } from '../errors.ts';
import type { CheckValues } from '../options/check-options.ts';
import { type Check, type Severity, severities } from './check.ts';
import { isSelected, type Selection } from './examine.ts';

/** `--only` and `--skip`, names of checks or of areas. Errors: WrongUsage. */
export function selectionOf({ only, skip }: Pick<CheckValues, 'only' | 'skip'>, checks: readonly Check[]): Selection {
  const known = [...new Set([...checks.map(({ area }) => area), ...checks.map(({ name }) => name)])];
  const selection = { only: knownAmong(known, '--only', only), skip: knownAmong(known, '--skip', skip) };
  if (checks.some((check) => isSelected(check, selection))) return selection;
  throw fail('WrongUsage', { message: '--only and --skip leave no check.', remedy: 'Leave one of them out, or name less in --skip.' });
}

/** Several may stand in one value, with commas between them. */
function knownAmong(known: readonly string[], flag: string, texts: readonly string[]): readonly string[] {
  const names = texts.flatMap((text) => text.split(',')).map((name) => name.trim());
  for (const name of names) {
    if (known.includes(name)) continue;
    const near = closest(name, known);
    throw fail('WrongUsage', {
      message: `${flag} ${name}: there is no check and no area of this name.`,
      remedy: near ? `Did you mean ${near}?` : `There are: ${known.join(', ')}.`,
    });
  }
  return names;
}

/** Which findings fail the whole check: those of this severity and the more severe ones. Errors: WrongUsage. */
export function failsOn(text: string = 'error'): (severity: Severity) => boolean {
  const least = (severities as readonly string[]).indexOf(text);
  if (least >= 0) return (severity) => severities.indexOf(severity) <= least;
  throw fail('WrongUsage', { message: `--fail-on ${text}: there is no such severity.`, remedy: `Use one of: ${severities.join(', ')}.` });
}
