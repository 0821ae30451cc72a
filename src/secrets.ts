/** What secrets look like: for builds, which warn of them, and for checks, which find them. */

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

/** Names that end as those of secrets do. PAD_TOKEN, MAX_TOKENS and the like are told by their values, or are none. */
export const isSecretName = (name: string): boolean =>
  /(?:^|_)(?:SECRETS?|TOKEN|PASS|PASSWD|PASSWORDS?|PASSPHRASE|PWD|API_?KEY|ACCESS_?KEY|SECRET_?KEY|PRIVATE_?KEY|AUTH_?KEY|CREDENTIALS?)$/i.test(
    name,
  );

/** Not what is written in the place of a secret, what says where one is, nor a number or a switch. */
export const isLikelySecret = (value: string): boolean =>
  value.length >= 6 &&
  !/\s/.test(value) &&
  !/^(?:[/.~$<[{%`(]|\w+:\/\/|arn:|file:|ssm:|vault:)/.test(value) &&
  !/^(?:-?[\d.]+|true|false|none|null|undefined|disabled|enabled|default|secret|token|passwo?r?d|xxx+|\*+|\.+)$/i.test(value) &&
  !/^(?:change|replace|your|my|insert|enter|add|put|see|ask|set|dummy|fake|test|example|sample|placeholder|not)[-_ ]|^(?:changeme|changeit|placeholder|example)/i.test(
    value,
  );

/** What kind of secret a variable holds, by its value and by its name; undefined when it holds none that can be told. */
export function secretInVariable(name: string, value: string): string | undefined {
  const kind = secretIn(value);
  if (kind !== undefined) return kind;
  const isLikely = isLikelySecret(value) || (isPasswordName(name) && isLikelySecret(value.trim().replaceAll(' ', '_')));
  return isSecretName(name) && isLikely ? `what its name calls ${kindOf(name)}` : undefined;
}

/** Of what may have spaces in it. */
const isPasswordName = (name: string): boolean => /(?:PASS|PASSWORDS?|PASSPHRASE|PWD)$/i.test(name);

const kindOf = (name: string): string => {
  const word = /(?:TOKEN|PASS\w*|PWD|KEY|CREDENTIALS?)$/i.exec(name)?.[0]?.toLowerCase() ?? 'secret';
  return word.startsWith('credential') ? 'credentials' : word.startsWith('pass') || word === 'pwd' ? 'a password' : `a ${word}`;
};

/** Where the first secret of a text begins; undefined when there is none that can be told. */
export function secretAt(text: string): number | undefined {
  const inForm = issued.flatMap(([, pattern]) => pattern.exec(text)?.index ?? []);
  const passwords = [...text.matchAll(new RegExp(inAddress, `d${inAddress.flags}`))].flatMap(({ indices }) => indices?.[1]?.[0] ?? []);
  const all = [...inForm, ...passwords];
  return all.length === 0 ? undefined : Math.min(...all);
}

/** The build arguments that hold secrets. Those of proxies count not: builders keep them out of the history. */
export const secretArguments = (buildArguments: Readonly<Record<string, string>>): readonly string[] =>
  Object.entries(buildArguments).flatMap(([name, value]) =>
    !/^(?:https?|ftp|all)_proxy$/i.test(name) && secretInVariable(name, value) !== undefined ? [name] : [],
  );
