/** Secrets by the form in which they are issued. What documents give as an example is none. */
const issued: readonly (readonly [kind: string, pattern: RegExp])[] = [
  ['an AWS access key', /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b(?<!EXAMPLE)/],
  ['a GitHub token', /\b(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{60,})/],
  ['a GitLab token', /\bglpat-[\w-]{20,}/],
  ['a Slack token', /\bxox[abposr]-[A-Za-z0-9-]{20,}/],
  ['an API key', /\bsk-(?:(?:ant|proj)-[\w-]{32,}|[A-Za-z0-9]{40,})/],
  ['a Stripe key', /\b[sr]k_live_[A-Za-z0-9]{20,}/],
  ['a Hugging Face token', /\bhf_[A-Za-z0-9]{34,}/],
  ['a Google API key', /\bAIza[\w-]{35}/],
  ['an npm token', /\bnpm_[A-Za-z0-9]{36}/],
  ['a PyPI token', /\bpypi-AgEIcHlwaS5vcmc[\w-]{50,}/],
  ['a private key', /-----BEGIN (?!ENCRYPTED)(?:[A-Z]+ )*PRIVATE KEY-----(?:\\n|\s)+[A-Za-z0-9+/=]{40,}/],
];

/** `https://user:password@host`; not with a variable, nor on this machine. */
const inAddress = /\b[a-z][a-z0-9+.-]*:\/\/[^\s/:@"'$]*:([^\s/@"'$]+)@(?!localhost\b|127\.|0\.0\.0\.0)[\w.-]+/gi;

/** What kind of secret a text holds; undefined when it holds none that can be told. */
export function secretIn(text: string): string | undefined {
  const found = issued.find(([, pattern]) => pattern.test(text));
  if (found) return found[0];
  return hasPasswordInAddress(text) ? 'a password in an address' : undefined;
}

const hasPasswordInAddress = (text: string): boolean => [...text.matchAll(inAddress)].some(([, password = '']) => isLikelySecret(password));

/** Names that end as those of secrets do. PAD_TOKEN, MAX_TOKENS and the like are told by their values. */
export const isSecretName = (name: string): boolean =>
  /(?:^|_)(?:SECRET|TOKEN|PASSWORD|PASSWD|PASSPHRASE|API_?KEY|ACCESS_KEY|SECRET_KEY|PRIVATE_KEY|AUTH_KEY|CREDENTIALS)$/i.test(name);

/** Not what is written in the place of a secret, what says where one is, nor a number or a switch. */
export const isLikelySecret = (value: string): boolean =>
  value.length >= 6 &&
  !/\s/.test(value) &&
  !/^(?:[/.~$<[{%`(]|\w+:\/\/|arn:|file:|ssm:|vault:)/.test(value) &&
  !/^(?:-?[\d.]+|true|false|none|null|undefined|disabled|enabled|default|secret|token|passwo?r?d|xxx+|\*+|\.+)$/i.test(value) &&
  !/^(?:change|replace|your|my|insert|enter|add|put|dummy|fake|test|example|sample|placeholder|not)[-_ ]|^(?:changeme|changeit|placeholder|example)/i.test(
    value,
  );

/** What kind of secret a variable holds, by its value and by its name; undefined when it holds none that can be told. */
export function secretInVariable(name: string, value: string): string | undefined {
  const kind = secretIn(value);
  if (kind !== undefined) return kind;
  return isSecretName(name) && isLikelySecret(value) ? `what its name calls ${kindOf(name)}` : undefined;
}

const kindOf = (name: string): string => {
  const word = /(?:SECRET|TOKEN|PASSWORD|PASSWD|PASSPHRASE|KEY|CREDENTIALS)$/i.exec(name)?.[0]?.toLowerCase() ?? 'secret';
  return word === 'credentials' ? word : `a ${word}`;
};

/** `NAME=value` in a command or an instruction, the value without its quotes. */
export const assignments = (text: string): readonly { readonly name: string; readonly value: string }[] =>
  [...text.matchAll(/(?:^|[\s;&|("'])([A-Za-z_]\w*)=("[^"]*"|'[^']*'|[^\s;&|)"']+)/g)].map(([, name = '', value = '']) => ({
    name,
    value: value.replace(/^(["'])(.*)\1$/s, '$2'),
  }));

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

/** The text without its secrets, which nobody is to read in a report. */
export function withoutSecrets(text: string): string {
  let safe = text;
  for (const [, pattern] of issued) safe = safe.replaceAll(new RegExp(pattern, 'g'), '***');
  safe = safe.replaceAll(inAddress, (whole, password: string) => whole.replace(`:${password}@`, ':***@'));
  for (const [, pattern] of handed) {
    safe = safe.replaceAll(new RegExp(pattern, `g${pattern.flags}`), (whole, value: string) => whole.replaceAll(value, '***'));
  }
  for (const { name, value } of assignments(safe)) if (isSecretName(name) && value !== '') safe = safe.replaceAll(value, '***');
  return safe;
}

/** An instruction of the history as one knows it from the Dockerfile, short and without secrets. */
export function instructionShown(createdBy: string, most = 80): string {
  const text = withoutSecrets(createdBy)
    .replace(/^(?:RUN )?(?:\|\d+ (?:\S+=(?:"[^"]*"|\S*) )*)?\/bin\/sh -c (?!#\(nop\))/, 'RUN ')
    .replace(/^\/bin\/sh -c #\(nop\)\s*/, '')
    .replace(/\s*# buildkit$/, '')
    .replaceAll(/\b(?:file|dir|multi):[0-9a-f]{64} in /g, '… ')
    .replaceAll(/\s+/g, ' ')
    .trim();
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}
