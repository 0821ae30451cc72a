import { basename } from 'node:path/posix';
import type { Image } from '../../engine/engine.ts';
import { isNativeTo } from '../../engine/platform.ts';
import { findProgram, type Sought } from '../evidence/find-program.ts';
import type { ImageContent } from '../evidence/image-content.ts';
import { resolvePath } from '../evidence/image-paths.ts';
import type { FileEntry } from '../evidence/layer.ts';
import { whyNotPlayed } from '../parts.ts';
import type { Subject } from '../subject.ts';

/** A program that SageMaker starts: that of ENTRYPOINT, or `train` and `serve` themselves. */
export interface Started {
  /** As it is named: `ENTRYPOINT /opt/program/entry`, `train`. */
  readonly as: string;
  readonly path: string;
  readonly entry: FileEntry;
}

/** Those that are there and can be executed; the others are findings of other checks. */
export async function startedPrograms(subject: Subject): Promise<readonly Started[]> {
  const content = await subject.content();
  const { image } = subject;
  const [program] = image.entrypoint ?? [];
  const names = program === undefined ? await partsPlayed(subject) : [program];
  return names.flatMap((name) => {
    const sought = findProgram(content, image, name);
    return sought.state === 'found' ? [{ as: program === undefined ? name : `ENTRYPOINT ${name}`, ...sought }] : [];
  });
}

/** By what the image holds: `Subject.whyNot` may run it to find out. */
async function partsPlayed(subject: Subject): Promise<readonly string[]> {
  const parts = ['train', 'serve'] as const;
  const whys = await Promise.all(parts.map((part) => whyNotPlayed(part, subject)));
  return parts.filter((_, index) => whys[index] === undefined);
}

/** Why a program cannot be executed, after its name: `is not in the image`; undefined when it can. */
export function flawOf(sought: Sought, { files }: ImageContent, image: Pick<Image, 'architecture'>): string | undefined {
  switch (sought.state) {
    case 'missing':
      return sought.path === undefined ? 'is in no directory of PATH' : 'is not in the image';
    case 'dangling':
      return `is a link to ${sought.target}, which ${sought.isLoop ? 'leads back to it in a circle' : 'is not in the image'}`;
    case 'directory':
      return 'is a directory';
    case 'not-executable':
      return sought.entry.kind === 'file' ? `is not executable (mode ${sought.entry.mode.toString(8).padStart(4, '0')})` : 'is no file';
    case 'found':
      return flawOfProgram(sought.entry, files, image);
  }
}

function flawOfProgram({ program, size }: FileEntry, files: ImageContent['files'], image: Pick<Image, 'architecture'>): string | undefined {
  if (size === 0) return 'is an empty file';
  if (program?.form !== 'elf') return undefined;
  const { architecture, interpreter } = program;
  if (!isNativeTo(image.architecture, { architecture })) return `is a program for ${architecture} in an image for ${image.architecture}`;
  if (interpreter !== undefined && resolvePath(files, interpreter) === undefined)
    return `needs the loader ${interpreter}, which is not in the image: it was built for another distribution`;
  return undefined;
}

/** What runs scripts that it is given as its first argument. */
export const isInterpreter = (program: string): boolean =>
  /^(?:python[\d.]*|pypy[\d.]*|bash|sh|dash|ash|zsh|ksh|Rscript|node|nodejs|perl|ruby|julia)$/.test(basename(program));
