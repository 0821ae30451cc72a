import { secretInVariable } from '../../secrets.ts';
import { type Check, failed, passed } from '../check.ts';
import { sources } from '../sources.ts';
import { placesOfVariable } from './places.ts';

export const environmentSecrets: Check = {
  name: 'environment-secrets',
  area: 'image',
  proves: 'no variable of the image holds a secret',
  severity: 'error',
  source: sources.containers,
  async look(subject) {
    const found = Object.entries(subject.image.environment).flatMap(([name, value]) => {
      const kind = secretInVariable(name, value);
      return kind === undefined ? [] : [{ name, kind }];
    });
    if (found.length === 0) return passed('No variable of the image looks like a secret.');
    const places = await Promise.all(found.map(({ name }) => placesOfVariable(subject, name)));
    return failed(`${found.map(({ name, kind }) => `${name} holds ${kind}`).join('; ')}. Whoever may pull the image can read it.`, {
      remedy:
        'Take it out of ENV and renew it. Give it at run time: the environment of the job or the model, or AWS Secrets Manager read by the role.',
      items: found.map(({ name }) => name),
      places: places.flatMap((each) => each.places ?? []),
    });
  },
};
