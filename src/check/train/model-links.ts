import { type Check, failed, passed } from '../check.ts';
import { sources } from '../sources.ts';

export const modelLinks: Check = {
  name: 'model-links',
  area: 'train',
  proves: 'the model holds no links',
  severity: 'warning',
  needs: ['train-model'],
  source: sources.deploymentTrouble,
  async look({ training }) {
    const { model } = (await training.plain()).trial;
    const links = model.filter(({ kind }) => kind === 'link');
    if (links.length === 0) return passed('There is no link in /opt/ml/model.');
    return failed(
      `In /opt/ml/model there ${links.length === 1 ? 'is a symbolic link' : `are ${links.length} symbolic links`}: ${links.map(({ path, target }) => `${path} -> ${target}`).join(', ')}. AWS says that an archive of a model must not hold any.`,
      {
        remedy: 'Copy the files themselves: cp -L, shutil.copy, or copytree, which follows links unless it is told not to.',
        items: links.map(({ path }) => path),
      },
    );
  },
};
