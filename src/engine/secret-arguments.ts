/** The build arguments that look like secrets, by their name or their value. */
export const secretArguments = (buildArguments: Readonly<Record<string, string>>): readonly string[] =>
  Object.entries(buildArguments).flatMap(([name, value]) => (value !== '' && (isSecretName(name) || isSecretValue(value)) ? [name] : []));

/** Not what tells only where to find one, as `TOKEN_URL` does, nor a proxy's, which builders keep out of the history. */
const isSecretName = (name: string): boolean =>
  /(?:^|_)(?:TOKENS?|SECRETS?|PASS|PASSWD|PASSWORDS?|PASSPHRASE|PWD|API_?KEY|ACCESS_?KEY|PRIVATE_?KEY|CREDENTIALS?)$/i.test(name);

/** Keys of AWS, tokens of GitHub, GitLab, PyPI, npm and Hugging Face, private keys, and passwords in addresses. */
const isSecretValue = (value: string): boolean =>
  /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b|\b(?:gh[opsu]_|github_pat_|glpat-|pypi-|npm_|hf_)[\w-]{16,}|-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(
    value,
  );
