import type { Place } from '../check.ts';
import type { DockerfileText, Instruction } from '../evidence/dockerfile-text.ts';
import type { Subject } from '../subject.ts';

/**
 * Where the Dockerfile says last what the image is: `places` for a finding. None for an image, and where it is the base image that says it.
 * `isMeant`: which instructions of this name count; all by default.
 */
export async function placesOf(
  subject: Subject,
  name: string,
  isMeant: (text: string) => boolean = () => true,
): Promise<{ readonly places?: readonly Place[] }> {
  const dockerfile = await subject.dockerfile();
  const last = dockerfile && ofImage(dockerfile).findLast((each) => each.name === name && isMeant(each.text));
  return dockerfile && last ? { places: [{ file: dockerfile.file, line: last.line }] } : {};
}

/** The instructions that the image is made by: those of the last stage, and of the stages that it stands on, in their order. */
export function ofImage({ instructions }: DockerfileText): readonly Instruction[] {
  const froms = instructions.filter(({ name }) => name === 'FROM');
  const names = froms.map(({ text }) => /\sAS\s+(\S+)/i.exec(text)?.[1]?.toLowerCase());
  const found: Instruction[] = [];
  for (let stage = froms.length - 1; stage >= 0; ) {
    found.unshift(...instructions.filter((each) => each.stage === stage));
    const base = baseOf(froms[stage]?.text ?? '');
    const below = names.slice(0, stage).lastIndexOf(base.toLowerCase());
    stage = /^\d+$/.test(base) && Number(base) < stage ? Number(base) : below;
  }
  return found;
}

const baseOf = (from: string): string => from.split(/\s+/).find((word) => !word.startsWith('--')) ?? '';
