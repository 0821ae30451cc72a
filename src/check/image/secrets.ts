import { isLikelySecret, isSecretName, secretAt } from '../../secrets.ts';

/** `NAME=value` in a command or an instruction, the value without its quotes. */
export const assignments = (text: string): readonly Assignment[] =>
  [...text.matchAll(/(?:^|[\s;&|("'])([A-Za-z_]\w*)=("[^"]*"|'[^']*'|[^\s;&|)"']+)/dg)].map(({ 1: name = '', 2: value = '', indices }) => ({
    name,
    value: value.replace(/^(["'])(.*)\1$/s, '$2'),
    at: indices?.[2]?.[0] ?? 0,
  }));

export interface Assignment {
  readonly name: string;
  readonly value: string;
  /** Where its value begins in the text. */
  readonly at: number;
}

/** Secrets that are handed to programs in ways of their own. */
const handed: readonly (readonly [kind: string, pattern: RegExp])[] = [
  ['a password for curl', /\bcurl\b[^;&|]*\s(?:-u|--user)[ =]["']?[^\s:"'$]+:([^\s"']+)/],
  ['a password in an option', /\s--(?:password|passwd|token|api-key|http-password|secret)[ =]["']?([^\s;&|"']+)/],
  ['a token in a header', /Authorization:\s*(?:Bearer|Basic|token)\s+([^\s"']+)/i],
  ['AWS credentials', /\baws configure set aws_(?:secret_access_key|session_token)\s+["']?([^\s;&|"']+)/],
];

/** What kind of secret a command hands to a program; undefined when it hands none over that can be told. */
export const secretInCommand = (text: string): string | undefined =>
  handed.find(([, pattern]) => isLikelySecret(pattern.exec(text)?.[1] ?? ''))?.[0];

/** The text up to its first secret: of a key of several lines, or a value with spaces, nobody can tell where it ends. */
function withoutSecrets(text: string): string {
  const inCommands = handed.flatMap(([, pattern]) => {
    const [from = 0] = new RegExp(pattern, `d${pattern.flags}`).exec(text)?.indices?.[1] ?? [];
    return from > 0 && isValue(text.slice(from)) ? [from] : [];
  });
  const inVariables = assignments(text).flatMap(({ name, value, at }) => (isSecretName(name) && isValue(value) ? [at] : []));
  const at = Math.min(...inCommands, ...inVariables, secretAt(text) ?? text.length);
  return at === text.length ? text : `${text.slice(0, at)}***`;
}

/** Not what only says where the value is. */
const isValue = (text: string): boolean => /^[^$<\s]/.test(text);

/** An instruction of the history as one knows it from the Dockerfile, short and without secrets. */
export function instructionShown(createdBy: string, most = 80): string {
  const command = createdBy.replace(/^(?:RUN )?(?:\|\d+ (?:\S+=(?:"[^"]*"|\S*) )*)?\/bin\/sh -c (?!#\(nop\))/, 'RUN ');
  const text = withoutSecrets(command)
    .replace(/^\/bin\/sh -c #\(nop\)\s*/, '')
    .replace(/\s*# buildkit$/, '')
    .replaceAll(/\b(?:file|dir|multi):[0-9a-f]{64} in /g, '… ')
    .replaceAll(/\s+/g, ' ')
    .trim();
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}
