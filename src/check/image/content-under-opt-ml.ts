import { type Check, failed, passed } from '../check.ts';
import { whyNotPlayed } from '../parts.ts';
import { sources } from '../sources.ts';
import { listed } from './listed.ts';
import { placesOf } from './places.ts';

export const contentUnderOptMl: Check = {
  name: 'content-under-opt-ml',
  area: 'image',
  proves: 'the image holds nothing where SageMaker puts its own directories',
  severity: 'warning',
  source: sources.trainingImage,
  async look(subject) {
    const { files } = await subject.content();
    const isMultiModel = (await whyNotPlayed('multi-model', subject)) === undefined;
    const hidden = [...files].filter(
      ([path, { kind, size }]) => kind !== 'directory' && isSageMakers(path, isMultiModel) && !isMarker(path, size),
    );
    if (hidden.length === 0) return passed('Nothing of the image lies where SageMaker puts its own directories.');
    const paths = hidden.map(([path]) => path);
    return failed(
      `${listed(paths)} ${paths.length === 1 ? 'lies' : 'lie'} where SageMaker mounts directories of its own: the container may not see ${paths.length === 1 ? 'it' : 'them'}.`,
      {
        remedy: 'Put code into /opt/program or /opt/ml/code, and give data as a channel and models as model data.',
        items: [...new Set(paths.map((path) => path.split('/').slice(0, 4).join('/')))],
        ...(await placesOf(subject, 'COPY', (text) => /\/opt\/ml\/(?!code)/.test(text))),
      },
      { files: paths.length },
    );
  },
};

/** Sources: "How Amazon SageMaker Runs Your Training Image", "Custom Inference Code with Hosting Services". */
const isSageMakers = (path: string, isMultiModel: boolean): boolean => {
  const [, directory = ''] = /^\/opt\/ml\/([^/]+)/.exec(path) ?? [];
  return mounted.has(directory) || (isMultiModel && directory === 'models');
};

const mounted = new Set(['input', 'model', 'output', 'checkpoints', 'additional-model-data-sources']);

/** What keeps an empty directory in a version control. */
const isMarker = (path: string, size: number): boolean => size === 0 && /\/\.(?:git)?(?:keep|ignore)$/.test(path);
