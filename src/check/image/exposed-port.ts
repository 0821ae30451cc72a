import { servingCapabilities, servingPort } from '../../contract/serving.ts';
import { type Check, failed, inapplicable, passed } from '../check.ts';
import { whyNotPlayed } from '../parts.ts';
import { sources } from '../sources.ts';
import { listed } from './listed.ts';
import { ofImage, placesOf } from './places.ts';

export const exposedPort: Check = {
  name: 'exposed-port',
  area: 'image',
  proves: 'EXPOSE, where there is one, names 8080',
  severity: 'note',
  source: sources.hosting,
  async look(subject) {
    const why = await whyNotPlayed('serve', subject);
    if (why !== undefined) return inapplicable(why);
    const { exposedPorts } = await subject.content();
    if (exposedPorts.length === 0) return passed('The image exposes no port, which does no harm.');
    if (exposedPorts.includes(`${servingPort}/tcp`)) return passed(`The image exposes port ${servingPort}.`);
    if (subject.image.labels[servingCapabilities.acceptBindToPort] === 'true')
      return passed('The image listens where SageMaker tells it to.');
    const dockerfile = await subject.dockerfile();
    if (dockerfile && !ofImage(dockerfile).some(({ name }) => name === 'EXPOSE')) {
      return passed(`Only the base image exposes ${listed(exposedPorts)}; SageMaker does not look.`);
    }
    return failed(
      `EXPOSE names ${listed(exposedPorts)}. SageMaker asks port ${servingPort} whatever EXPOSE says, so a server that listens on another is not found.`,
      {
        remedy: `Let the server listen on 0.0.0.0:${servingPort}, and write EXPOSE ${servingPort}.`,
        ...(await placesOf(subject, 'EXPOSE')),
      },
      { exposed: exposedPorts },
    );
  },
};
