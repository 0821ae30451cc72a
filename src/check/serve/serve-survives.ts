import { type Check, failed, passed } from '../check.ts';
import { sources } from '../sources.ts';
import { withSample } from './sample.ts';
import { told } from './words.ts';

export const serveSurvives: Check = {
  name: 'serve-survives',
  area: 'serve',
  proves: 'the server outlives requests it cannot read',
  severity: 'error',
  needs: ['serve-invocation'],
  source: sources.hosting,
  look: (on) =>
    withSample(on, async (_trial, { payload }) => {
      const insults = await on.serving.insults(payload);
      const fatal = insults.find(({ aftermath }) => aftermath !== undefined);
      if (!fatal) return passed(`The server serves on after ${insults.map(({ what }) => what).join(', ')}.`);
      const text = `After ${fatal.what}, answered with ${told(fatal.reply)}, ${fatal.aftermath}.`;
      return failed(text, {
        remedy: 'Catch what goes wrong with a request where it is read, and answer it with 400.',
        items: [fatal.what],
        evidence: fatal.lines,
      });
    }),
};
