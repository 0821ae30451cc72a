import { type Check, failed, passed } from '../check.ts';
import { sources } from '../sources.ts';
import { placesOf } from './places.ts';

export const user: Check = {
  name: 'user',
  area: 'image',
  proves: 'the container runs as root',
  severity: 'warning',
  source: sources.hosting,
  async look(subject) {
    const { user } = subject.image;
    if (/^(?:root|0+)?(?::.*)?$/.test(user)) return passed('The image names no user, or root.');
    return failed(
      `The image runs as ${user}. SageMaker makes the directories of /opt/ml for root: another user may not be able to write the model, the failure file and the output, nor to read the configuration.`,
      {
        remedy:
          'Leave USER out, or end with USER root. To drop rights after the start, let the program do it: setpriv, gosu, or the user setting of the server.',
        ...(await placesOf(subject, 'USER')),
      },
      { user },
    );
  },
};
