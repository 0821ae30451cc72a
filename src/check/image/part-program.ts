import { type Check, failed, inapplicable, passed, type Source } from '../check.ts';
import { findProgram } from '../evidence/find-program.ts';
import { whyNotPlayed } from '../parts.ts';
import { sources } from '../sources.ts';
import type { Subject } from '../subject.ts';
import { execForm } from './listed.ts';
import { placesOf } from './places.ts';
import { flawOf } from './started.ts';

const partProgram = (part: 'train' | 'serve', source: Source): Check => ({
  name: `${part}-program`,
  area: 'image',
  proves: `without ENTRYPOINT, the image has an executable \`${part}\` on its PATH`,
  severity: 'error',
  source,
  async look(subject) {
    const { image } = subject;
    if (image.entrypoint?.length) return inapplicable('the image has an ENTRYPOINT, which gets the argument');
    const why = await whyNotPlayed(part, subject);
    if (why !== undefined) return inapplicable(why);
    const content = await subject.content();
    const sought = findProgram(content, image, part);
    const flaw = flawOf(sought, content, image);
    if (flaw === undefined) return passed(`${part} is ${'path' in sought ? sought.path : 'on PATH'}.`);
    const where = 'path' in sought && sought.path !== undefined ? `, ${sought.path},` : '';
    return failed(
      `SageMaker runs \`docker run IMAGE ${part}\`. The image has no ENTRYPOINT, and the program ${part}${where} ${flaw}: the container does not start.`,
      { remedy: remedyFor(part, sought.state, where.replaceAll(/[, ]/g, ''), subject), ...(await placesOf(subject, 'CMD')) },
    );
  },
});

export const trainProgram = partProgram('train', sources.trainingImage);
export const serveProgram = partProgram('serve', sources.hosting);

function remedyFor(part: string, state: string, path: string, { image }: Subject): string {
  if (state === 'not-executable') return `RUN chmod +x ${path}, or chmod +x the file before the build.`;
  const command = image.command?.length ? `CMD ${execForm(image.command)} is replaced by ${part} and never runs. ` : '';
  return `${command}Put an executable ${part} into /usr/local/bin, or make your program the ENTRYPOINT and let it look at its argument.`;
}
