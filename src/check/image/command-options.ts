import { type Check, failed, inapplicable, passed } from '../check.ts';
import { findProgram } from '../evidence/find-program.ts';
import { sources } from '../sources.ts';
import type { Subject } from '../subject.ts';
import { execForm } from './listed.ts';
import { placesOf } from './places.ts';
import { isInterpreter, startedPrograms } from './started.ts';

export const commandOptions: Check = {
  name: 'command-options',
  area: 'image',
  proves: 'CMD holds no options that ENTRYPOINT needs; `train` and `serve` replace it',
  severity: 'warning',
  source: sources.trainingImage,
  async look(subject) {
    const { entrypoint, command } = subject.image;
    if (!entrypoint?.length) return inapplicable('the image has no ENTRYPOINT');
    if (!command?.length) return passed('There is no CMD beside ENTRYPOINT.');
    const why = await neededBy(subject, entrypoint, command);
    if (why === undefined) return passed(`ENTRYPOINT does not need CMD ${execForm(command)}.`);
    return failed(`CMD ${execForm(command)} ${why}; SageMaker replaces it by train or serve.`, {
      remedy: 'Put into ENTRYPOINT what must always be there, and let the program look at its argument, train or serve.',
      ...(await placesOf(subject, 'CMD')),
    });
  },
};

/** What CMD is to ENTRYPOINT, as the words behind it; undefined where it is a mere default. */
async function neededBy(subject: Subject, entrypoint: readonly string[], command: readonly string[]): Promise<string | undefined> {
  const [first = ''] = command;
  if (/^(?:--?help|-h|--?version|-[vV]|train|serve)$/.test(first)) return undefined;
  const program = entrypoint.at(-1) ?? '';
  if (isInterpreter(program) && (first.startsWith('-') || /\.\w+$/.test(first))) return `is what ${program} of ENTRYPOINT is to run`;
  if (first.startsWith('-')) return `holds options of ENTRYPOINT ${execForm(entrypoint)}`;
  return (await isOnlyRun(subject, first))
    ? `is what the script of ENTRYPOINT is to execute, and there is neither train nor serve on PATH`
    : undefined;
}

/** Whether ENTRYPOINT is a script that executes what it is given, as those of nginx and node, and has nothing for train and serve. */
async function isOnlyRun(subject: Subject, command: string): Promise<boolean> {
  const [script] = await startedPrograms(subject);
  const text = script?.entry.text ?? '';
  if (!/^\s*exec "\$@"/m.test(text) || /\b(?:train|serve)\b/.test(text)) return false;
  const content = await subject.content();
  const isThere = (name: string): boolean => findProgram(content, subject.image, name).state !== 'missing';
  return isThere(command) && !isThere('train') && !isThere('serve');
}
