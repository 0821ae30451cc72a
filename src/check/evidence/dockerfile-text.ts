import { join } from 'node:path';
import { readRegularFile } from '../../engine/context-files.ts';
import { parseDockerfile } from '../../engine/dockerfile.ts';
import { fail, reasonOf } from '../../errors.ts';

/** A Dockerfile as it is written. */
export interface DockerfileText {
  /** Relative to the directory: `Dockerfile`. */
  readonly file: string;
  readonly instructions: readonly Instruction[];
}

export interface Instruction {
  /** In capitals: `ENTRYPOINT`. */
  readonly name: string;
  /** What follows, continued lines joined. */
  readonly text: string;
  /** Where it begins, from 1. */
  readonly line: number;
  /** Number of the stage that it belongs to, from 0; instructions before the first FROM have none. */
  readonly stage: number | undefined;
}

/** Errors: InputUnreadable. */
export async function readDockerfile(directory: string, file = 'Dockerfile'): Promise<DockerfileText> {
  const path = join(directory, file);
  const content = await readRegularFile(path).catch((error) => {
    throw fail('InputUnreadable', { what: 'Dockerfile', path, why: reasonOf(error) }, error);
  });
  let stage: number | undefined;
  const instructions = parseDockerfile(content.toString('utf8')).instructions.map(({ name, words, line }) => {
    if (name === 'FROM') stage = (stage ?? -1) + 1;
    return { name, text: words.join(' '), line, stage };
  });
  return { file, instructions };
}
