import { openEngine } from '../engine/open.ts';
import { buildDirectory } from '../image.ts';
import type { BuildValues } from '../options/build-options.ts';
import { buildSpec } from '../options/build-spec.ts';
import { humanImagePrinter, jsonImagePrinter } from './image-printer.ts';
import type { Io } from './io.ts';
import { jsonLine } from './json-lines.ts';
import { catchInterrupts, codeOfInterruption } from './signals.ts';

/** `sm-local build`: a directory becomes an image, whose name and id are printed. Returns the exit code. */
export async function build(directory: string | undefined, values: BuildValues, io: Io): Promise<number> {
  const spec = buildSpec(directory, values, io);
  await using engine = await openEngine(values.engine);
  using interrupts = catchInterrupts();
  using printer = values.json ? jsonImagePrinter(io) : humanImagePrinter(io);
  try {
    const { id, tags, size, os, architecture } = await buildDirectory(engine, spec, printer, interrupts.stop);
    printer[Symbol.dispose]();
    if (values.json) await jsonLine(io, { event: 'result', name: spec.tag, id, tags, platform: `${os}/${architecture}`, size });
    else await io.out.write(`${spec.tag} ${id}\n`);
    return 0;
  } catch (error) {
    return codeOfInterruption(error, interrupts);
  }
}
