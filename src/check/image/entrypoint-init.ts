import { isUnusableInit } from '../../contract/serving.ts';
import { type Check, failed, inapplicable, passed } from '../check.ts';
import { sources } from '../sources.ts';
import { execForm } from './listed.ts';
import { placesOf } from './places.ts';

export const entrypointInit: Check = {
  name: 'entrypoint-init',
  area: 'image',
  proves: 'ENTRYPOINT is no init process that takes `train` or `serve` for its own argument',
  severity: 'warning',
  source: sources.trainingImage,
  async look(subject) {
    const { entrypoint } = subject.image;
    if (!entrypoint?.length) return inapplicable('the image has no ENTRYPOINT');
    if (!isUnusableInit(entrypoint)) return passed(`ENTRYPOINT ${execForm(entrypoint)} is no init process.`);
    const [init = '', ...words] = entrypoint;
    const program = words.slice(words.indexOf('--') + 1).filter((word) => !word.startsWith('-'));
    const text =
      program.length > 0
        ? `ENTRYPOINT is ${init} in front of ${program[0]}. It hands train and serve on to it; AWS's page warns of tini as the entry point all the same.`
        : `ENTRYPOINT is ${init} alone: it takes train or serve for the program that it is to run.`;
    return failed(text, {
      remedy: `Make the program itself the ENTRYPOINT${program.length > 0 ? `: ENTRYPOINT ${execForm(program)}` : ''}, and let it end on SIGTERM. The containers of a job or an endpoint end with their first process, so nothing else has to be reaped.`,
      ...(await placesOf(subject, 'ENTRYPOINT')),
    });
  },
};
