import { type Check, failed, passed } from '../check.ts';
import { sources } from '../sources.ts';
import { assignments, instructionShown, isLikelySecret, secretIn, secretInVariable } from './secrets.ts';

export const historySecrets: Check = {
  name: 'history-secrets',
  area: 'image',
  proves: "no build argument or command in the image's history holds a secret",
  severity: 'error',
  source: sources.docker,
  async look(subject) {
    const { history } = await subject.content();
    const { environment } = subject.image;
    const found = history.flatMap((text) => {
      const kind = secretInInstruction(text, environment);
      return kind === undefined ? [] : [{ kind, text: instructionShown(text) }];
    });
    if (found.length === 0) return passed(`None of the ${history.length} steps of the image's history looks like a secret.`);
    return failed(`docker history shows ${found.map(({ kind, text }) => `${kind} in \`${text}\``).join(', and ')}.`, {
      remedy:
        'Renew it. Build arguments and commands stay in the image: bring what only the build needs with RUN --mount=type=secret,id=NAME, which leaves nothing behind.',
      items: [...new Set(found.map(({ text }) => text))],
    });
  },
};

/** A variable that is still set is the matter of environment-secrets. */
function secretInInstruction(text: string, environment: Readonly<Record<string, string>>): string | undefined {
  const given = assignments(text).filter(({ name, value }) => environment[name] !== value);
  for (const { name, value } of given) {
    const kind = secretInVariable(name, value);
    if (kind !== undefined) return `${name}, which holds ${kind},`;
  }
  if (/(?:^|\s)ENV\s/.test(text)) return undefined;
  return secretIn(text) ?? passwordInCommand(text);
}

/** Passwords that are handed to programs in ways of their own. */
function passwordInCommand(text: string): string | undefined {
  for (const [kind, pattern] of handed) {
    const value = pattern.exec(text)?.[1]?.replaceAll(/["']/g, '') ?? '';
    if (isLikelySecret(value)) return kind;
  }
  return undefined;
}

const handed: readonly (readonly [kind: string, pattern: RegExp])[] = [
  ['a password for curl', /\bcurl\b[^;&|]*\s(?:-u|--user)[ =]["']?[^\s:"'$]+:([^\s"']+)/],
  ['a password in an option', /\s--(?:password|passwd|token|api-key|http-password|secret)[ =]([^\s;&|]+)/],
  ['a token in a header', /Authorization:\s*(?:Bearer|Basic|token)\s+([^\s"']+)/i],
  ['AWS credentials', /\baws configure set aws_(?:secret_access_key|session_token)\s+([^\s;&|]+)/],
];
