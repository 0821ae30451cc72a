import { size } from '../../units.ts';
import { type Check, failed, inapplicable, passed } from '../check.ts';
import { whyNotPlayed } from '../parts.ts';
import { sources } from '../sources.ts';

/** Bytes. Source: "Deploy models with Amazon SageMaker Serverless Inference", container support. */
export const serverlessImageLimit = 10 * 1024 ** 3;

/** `limit`: bytes, the cloud's by default. */
export const imageSizeWithin = (limit: number): Check => ({
  name: 'image-size',
  area: 'image',
  proves: 'the image is small enough for serverless endpoints: 10 GB',
  severity: 'warning',
  source: sources.serverless,
  async look(subject) {
    const why = await whyNotPlayed('serve', subject);
    if (why !== undefined) return inapplicable(why);
    const bytes = subject.image.size;
    if (bytes <= limit) return passed(`The image has ${size(bytes)}.`, { bytes });
    const { layers } = await subject.content();
    const sizes = layers.map(({ entries }) =>
      [...entries.values()].reduce((sum, entry) => sum + (entry.sameAs === undefined ? entry.size : 0), 0),
    );
    return failed(
      `The image has ${size(bytes)}, more than serverless endpoints take (10 GB), and every instance that starts has to fetch it.`,
      'Build in one stage and copy what runs into another, leave out the caches of package managers (pip --no-cache-dir), and give models as model data rather than in the image.',
      { bytes, limit, layers: sizes },
    );
  },
});

export const imageSize = imageSizeWithin(serverlessImageLimit);
