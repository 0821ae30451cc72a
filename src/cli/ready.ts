import { isatty } from 'node:tty';
import { readyAnswer } from './ready-answer.ts';
import { descriptorSink } from './sink.ts';

/** Answers on stdout what can be answered without loading anything. False: the rest of the command line is to be loaded, and answers or says why not. */
export async function answered(typed: readonly string[]): Promise<boolean> {
  const answer = readyAnswer(typed, isatty(1) ? process.stdout.columns || 80 : undefined);
  if (answer === undefined) return false;
  const out = descriptorSink(1, 'standard output');
  await out.write(answer);
  return out.failure === undefined;
}
