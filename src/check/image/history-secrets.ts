import { secretIn, secretInVariable } from '../../secrets.ts';
import { type Check, failed, passed } from '../check.ts';
import { sources } from '../sources.ts';
import { assignments, instructionShown, secretInCommand } from './secrets.ts';

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
  const given = assignments(text).filter(({ name, value }) => !environment[name]?.startsWith(value));
  for (const { name, value } of given) {
    const kind = secretInVariable(name, value);
    if (kind !== undefined) return `${name}, which holds ${kind},`;
  }
  if (/(?:^|\s)ENV\s/.test(text)) return undefined;
  return secretIn(text) ?? secretInCommand(text);
}
