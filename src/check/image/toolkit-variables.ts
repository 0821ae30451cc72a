import { type Check, failed, passed } from '../check.ts';
import type { ImageContent } from '../evidence/image-content.ts';
import { isOfOthers } from '../evidence/origins.ts';
import { sources } from '../sources.ts';
import { listed } from './listed.ts';
import { fixedPlaces, type Read, readsOf, setsIn } from './toolkit-reads.ts';

export const toolkitVariables: Check = {
  name: 'toolkit-variables',
  area: 'image',
  proves: 'code reads SM_* variables only where the toolkit that sets them is in the image',
  severity: 'warning',
  source: sources.trainingToolkit,
  async look(subject) {
    const content = await subject.content();
    if (hasToolkit(content)) return passed('The SageMaker training toolkit is in the image; it sets SM_* variables.');
    const scripts = [...content.files].flatMap(([path, { text }]) => (text === undefined || isOfOthers(path) ? [] : [{ path, text }]));
    const set = new Set([...Object.keys(subject.image.environment), ...scripts.flatMap(({ text }) => setsIn(text))]);
    const reads = scripts
      .flatMap(({ path, text }) => readsOf(text).map((read) => ({ path, ...read })))
      .filter(({ name }) => !set.has(name));
    const unread = content.unread > 0 ? ` ${content.unread} files were too many to be read.` : '';
    if (reads.length === 0) return passed(`No script of the image counts on SM_* variables.${unread}`);
    const names = [...new Set(reads.map(({ name }) => name))];
    return failed(
      `${listed(reads.map(told))}. SageMaker itself sets no SM_* variables: its training toolkit does, which is not in the image, and the ModelTrainer of its Python SDK for scripts that it brings.`,
      {
        remedy: `Give ${names.length === 1 ? 'it a default' : 'them defaults'}${defaultFor(names)}, read /opt/ml/input/config, or install the toolkit: pip install sagemaker-training.`,
        items: [...new Set(reads.map(({ path, name }) => `${path}: ${name}`))],
      },
    );
  },
};

const told = ({ path, line, name }: Read & { readonly path: string }): string => `${path}, line ${line}, reads ${name}`;

const defaultFor = (names: readonly string[]): string => {
  const [known] = names.flatMap((name) => (fixedPlaces[name] ? [`${name} is ${fixedPlaces[name]}`] : []));
  return known ? ` (${known})` : '';
};

/** By either of the names that the package has had. */
const hasToolkit = ({ files }: ImageContent): boolean =>
  [...files.keys()].some((path) => /\/(?:sagemaker_training|sagemaker_containers)\/__init__\.py$/.test(path));
