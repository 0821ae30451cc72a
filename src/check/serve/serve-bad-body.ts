import { type Check, type Finding, failed, passed, untestedHere } from '../check.ts';
import type { Insult } from '../evidence/insults.ts';
import { sources } from '../sources.ts';
import { withSample } from './sample.ts';
import { told } from './words.ts';

export const serveBadBody: Check = {
  name: 'serve-bad-body',
  area: 'serve',
  proves: 'a body that it cannot read is answered with 400 to 499',
  severity: 'warning',
  needs: ['serve-survives'],
  source: sources.invokeEndpoint,
  look: (on) =>
    withSample(on, async (_trial, sample) => {
      const insults = await on.serving.insults(sample);
      return answersTo(
        insults.filter(({ isContentType }) => !isContentType),
        'Answer it with 400: a status from 500 on tells clients to try again, and counts as a fault of the model.',
      );
    }),
};

/** Whether the blame was put where it belongs; to understand what is sent is no fault either. */
export function answersTo(insults: readonly Insult[], remedy: string): Finding {
  if (insults.length === 0) return untestedHere('Answers take so long that there was no time to send it.');
  const bad = insults.filter(({ reply }) => reply.status === undefined || reply.status >= 500);
  if (bad.length === 0) return passed(`${insults.map(({ what, reply }) => `${what}: ${reply.status}`).join('; ')}.`);
  const byAnswer = new Map<string, string[]>();
  for (const { what, reply } of bad) byAnswer.set(told(reply), [...(byAnswer.get(told(reply)) ?? []), what]);
  const answers = [...byAnswer].map(([answer, whats]) => `${whats.join(', ')} (${answer})`);
  return failed(`Not answered with 400 to 499: ${answers.join('; ')}.`, { remedy, items: bad.map(({ what }) => what) });
}
