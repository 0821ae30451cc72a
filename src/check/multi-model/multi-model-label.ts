import { servingCapabilities } from '../../contract/serving.ts';
import { type Check, failed, passed } from '../check.ts';
import { placesOf } from '../image/places.ts';
import { sources } from '../sources.ts';

const label = servingCapabilities.multiModels;

export const multiModelLabel: Check = {
  name: 'multi-model-label',
  area: 'multi-model',
  proves: 'the image has the label multi-models',
  severity: 'error',
  source: sources.multiModelImage,
  async look(subject) {
    const value = subject.image.labels[label];
    if (value === 'true') return passed(`The label ${label} is true.`);
    return failed(
      value === undefined
        ? `The image has no label ${label}: SageMaker refuses a model with Mode MultiModel.`
        : `The label ${label} is ${JSON.stringify(value)}; only true counts, and SageMaker refuses a model with Mode MultiModel.`,
      { remedy: `LABEL ${label}=true`, ...(await placesOf(subject, 'LABEL', (text) => text.includes(label))) },
    );
  },
};
