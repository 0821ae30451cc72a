import { openEngine } from '../engine/open.ts';
import type { PushValues } from '../options/push-options.ts';
import { pushImage } from '../push.ts';
import { humanImagePrinter, jsonImagePrinter } from './image-printer.ts';
import type { Io } from './io.ts';
import { jsonLine } from './json-lines.ts';
import { catchInterrupts, codeOfInterruption } from './signals.ts';

/** `sm-local push`: an image goes to a registry; its address with the digest is printed. Returns the exit code. */
export async function push(words: readonly string[], values: PushValues, io: Io): Promise<number> {
  const [image = '', address = ''] = words;
  await using engine = await openEngine(values.engine);
  using interrupts = catchInterrupts();
  using printer = values.json ? jsonImagePrinter(io) : humanImagePrinter(io);
  const { profile } = values;
  const ecrLogin = values['ecr-login'] && { ecrLogin: { ...(profile !== undefined && { profile }) } };
  if (profile !== undefined && !ecrLogin) {
    printer.event({
      event: 'note',
      message: `The profile ${profile} is not asked: the log-in is that of the docker config without --ecr-login.`,
    });
  }
  try {
    const { reference, digest } = await pushImage(engine, { image, address, ...ecrLogin }, printer, interrupts.stop);
    printer[Symbol.dispose]();
    if (values.json) await jsonLine(io, { event: 'result', image, reference, digest });
    else await io.out.write(`${reference}\n`);
    return 0;
  } catch (error) {
    return codeOfInterruption(error, interrupts);
  }
}
