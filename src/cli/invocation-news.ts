import { isUtf8 } from 'node:buffer';
import { type Difference, differenceText } from '../compare-answers.ts';
import type { InvocationAnswer } from '../dev/invocation.ts';
import type { InvocationNews } from '../dev/saved-request.ts';
import { reasonOf } from '../errors.ts';
import { harmless } from '../harmless.ts';
import { counted, latency, size } from '../units.ts';
import { type Io, style } from './io.ts';

/** A saved request that was made again: status, time, and how its answer differs from the last one. */
export function invocationText({ seconds, answer, error, differences }: InvocationNews, { color }: Pick<Io, 'color'>): string {
  const { dim, green, red, yellow, bold } = style(color);
  const head = (status: string): string => `${bold('Invoked:')} ${status} ${dim(`in ${latency(seconds * 1e6)}`)}`;
  const block = (status: string, lines: readonly string[]): string => [status, ...lines.map((line) => `  ${line}`)].join('\n');
  if (!answer) return block(head(red('no answer')), [harmless(reasonOf(error))]);
  if (answer.error) return block(head(red(`${answer.status} ${answer.error.code}`)), failureLines(answer.error));
  if (!differences) return block(head(green('200')), shownBody(answer));
  if (differences.length === 0) return `${head(green('200'))}${dim(', the same answer')}`;
  const colored = (difference: Difference): string => {
    const { path, expected = '(nothing)', actual = '(nothing)' } = difference;
    if (!color) return harmless(differenceText(difference));
    return `${harmless(path)}: ${red(harmless(expected))} ${dim('->')} ${green(harmless(actual))}`;
  };
  const more = differences.length > mostDifferences ? [dim(`… and ${differences.length - mostDifferences} more`)] : [];
  const lines = [...differences.slice(0, mostDifferences).map(colored), ...more];
  return block(`${head(green('200'))}, ${yellow(counted(differences.length, 'difference'))}`, lines);
}

/** The same for programs. */
export function invocationEvent({ endpoint, seconds, answer, error, differences }: InvocationNews) {
  return {
    event: 'invocation',
    ...(endpoint !== undefined && { endpoint }),
    seconds: Math.round(seconds * 1e6) / 1e6,
    ...(answer && { status: answer.status, contentType: answer.contentType, bytes: answer.body.length }),
    ...(differences && { isSame: differences.length === 0, differences }),
    ...(answer?.error && { error: answer.error }),
    ...(error !== undefined && { error: { message: reasonOf(error) } }),
  };
}

/** What the container answered says more than what the runtime says of that. */
function failureLines({ message, originalStatusCode, originalMessage = '' }: NonNullable<InvocationAnswer['error']>): readonly string[] {
  return originalMessage === '' ? linesOf(message) : [`The container answered ${originalStatusCode}:`, ...linesOf(originalMessage)];
}

function shownBody({ contentType = 'no content type', body }: InvocationAnswer): readonly string[] {
  if (body.length === 0) return ['(nothing)'];
  return isUtf8(body) ? linesOf(body.toString()) : [`${size(body.length)}, ${contentType}`];
}

function linesOf(text: string): readonly string[] {
  const lines = text.trimEnd().split(/\r?\n/);
  const shown = lines.slice(0, mostLines).map((line) => harmless(line.length > longestLine ? `${line.slice(0, longestLine)}…` : line));
  return [...shown, ...(lines.length > mostLines ? [`… and ${lines.length - mostLines} more lines`] : [])];
}

const mostDifferences = 10;
const mostLines = 12;
const longestLine = 400;
