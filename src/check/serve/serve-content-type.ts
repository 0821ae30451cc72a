import type { Check } from '../check.ts';
import { sources } from '../sources.ts';
import { withSample } from './sample.ts';
import { answersTo } from './serve-bad-body.ts';

export const serveContentType: Check = {
  name: 'serve-content-type',
  area: 'serve',
  proves: 'a content type that it does not know is answered with 400 to 499',
  severity: 'warning',
  needs: ['serve-survives'],
  source: sources.invokeEndpoint,
  look: (on) =>
    withSample(on, async (_trial, sample) => {
      const insults = await on.serving.insults(sample);
      return answersTo(
        insults.filter(({ isContentType }) => isContentType),
        'Answer it with 415, or with 400.',
      );
    }),
};
