import { posix } from 'node:path';
import { type Check, failed, inapplicable, passed } from '../check.ts';
import { findProgram } from '../evidence/find-program.ts';
import type { ImageContent } from '../evidence/image-content.ts';
import { resolvePath } from '../evidence/image-paths.ts';
import { isShell } from '../evidence/shells.ts';
import { sources } from '../sources.ts';
import type { Subject } from '../subject.ts';
import { placesOf } from './places.ts';
import { flawOf, isInterpreter } from './started.ts';

export const entrypointProgram: Check = {
  name: 'entrypoint-program',
  area: 'image',
  proves: 'the program that ENTRYPOINT names is in the image and can be executed',
  severity: 'error',
  source: sources.docker,
  async look(subject) {
    const { image } = subject;
    const [program, ...words] = image.entrypoint ?? [];
    if (program === undefined) return inapplicable('the image has no ENTRYPOINT');
    const content = await subject.content();
    const sought = findProgram(content, image, program);
    const flaw = flawOf(sought, content, image);
    const places = await placesOf(subject, 'ENTRYPOINT');
    if (flaw !== undefined) {
      return failed(`The program of ENTRYPOINT, ${program}, ${flaw}: no container of the image starts.`, {
        remedy: remedyFor(sought.state, 'path' in sought && sought.path ? sought.path : program),
        ...places,
      });
    }
    const script = missingScript(subject, content, program, words);
    if (script !== undefined) {
      return failed(`ENTRYPOINT has ${program} run ${script}, which is not in the image.`, {
        remedy: `COPY it there; a relative path is taken from WORKDIR, which is ${image.workingDirectory || '/'}.`,
        ...places,
      });
    }
    return passed(`ENTRYPOINT ${program} is in the image and can be executed.`);
  },
};

function remedyFor(state: string, path: string): string {
  if (state === 'not-executable') return `Make it executable: RUN chmod +x ${path}, or chmod +x the file before the build.`;
  if (state === 'found') return 'Build it, or install it, for the distribution and the processor of the image.';
  return 'COPY it into the image, name its path in full, or add its directory to PATH.';
}

/** The script, or the jar, that an interpreter is given, when it is nowhere; what SageMaker itself brings under /opt/ml cannot be told. */
function missingScript({ image }: Subject, content: ImageContent, program: string, words: readonly string[]): string | undefined {
  const script = scriptOf(program, words);
  if (script === undefined) return undefined;
  const path = posix.resolve(image.workingDirectory || '/', script);
  if (path.startsWith('/opt/ml/') || resolvePath(content.files, path) !== undefined) return undefined;
  const isOnPath = isShell(program) && !script.includes('/') && findProgram(content, image, script).state !== 'missing';
  return isOnPath ? undefined : script;
}

function scriptOf(program: string, words: readonly string[]): string | undefined {
  if (posix.basename(program) === 'java') return words.includes('-jar') ? words[words.indexOf('-jar') + 1] : undefined;
  const [script] = words;
  return script !== undefined && isInterpreter(program) && /^[^-$].*\.(?:py|sh|R|r|js|mjs|cjs|pl|rb|jl)$/.test(script) ? script : undefined;
}
