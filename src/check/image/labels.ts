import { closest } from '../../contract/closest.ts';
import { servingCapabilities } from '../../contract/serving.ts';
import { type Check, failed, inapplicable, passed } from '../check.ts';
import { sources } from '../sources.ts';
import { placesOf } from './places.ts';

const known: readonly string[] = Object.values(servingCapabilities);

export const labels: Check = {
  name: 'labels',
  area: 'image',
  proves: 'labels that SageMaker reads have a name it knows and the value `true`',
  severity: 'error',
  source: sources.multiContainer,
  async look(subject) {
    const meant = Object.entries(subject.image.labels).filter(([name]) => isMeant(name));
    if (meant.length === 0) return inapplicable('the image has no label that SageMaker reads');
    const wrong = meant.filter(([name, value]) => !known.includes(name) || value !== 'true');
    if (wrong.length === 0) return passed(`${meant.map(([name]) => name).join(', ')}: true.`);
    const [[name, value] = ['', '']] = wrong;
    const intended = known.includes(name) ? name : closest(name, known);
    return failed(wrong.map(([label, text]) => flawOf(label, text)).join(' '), {
      remedy: intended ? `LABEL ${intended}=true` : `SageMaker reads ${known.join(', ')}, each with the value true.`,
      items: wrong.map(([label]) => label),
      ...(await placesOf(subject, 'LABEL', (text) => text.includes(name) || text.includes(value))),
    });
  },
};

/** One of SageMaker's capabilities, or what looks as if it should be one. */
const isMeant = (name: string): boolean => /sagemaker[.-]?capabilit/i.test(name);

function flawOf(name: string, value: string): string {
  if (known.includes(name)) return `The label ${name} has the value ${JSON.stringify(value)}; only true counts.`;
  const intended = closest(name, known);
  return `SageMaker knows no label ${name}${intended ? `; ${intended} is one` : ''}.`;
}
