import type { Dockerfile, Instruction } from '../dockerfile.ts';
import type { BuildStep, PullProgress } from '../engine.ts';

/** Who is told how a build goes on. */
export interface BuildTold {
  readonly onStep?: ((step: BuildStep) => void) | undefined;
  readonly onLine?: ((line: string, step: string | undefined) => void) | undefined;
  readonly onProgress?: ((progress: PullProgress) => void) | undefined;
  readonly onWarning?: ((message: string) => void) | undefined;
}

/** Makes sense of what a builder says of its work. */
export interface BuildReader {
  read(record: Readonly<Record<string, unknown>>): void;
  /** The step that a build ended in which failed, and what that has printed; tells that the step failed. */
  failed(): FailedStep | undefined;
  /** Tells the end of what is under way. */
  done(): void;
}

export interface FailedStep {
  readonly step: Pick<BuildStep, 'place' | 'text' | 'line'>;
  readonly lines: readonly string[];
}

/** Gathers the lines that come in pieces of any size; of one that is written over, as progress bars are, what stays. */
export function lineGatherer() {
  let rest = '';
  const last: string[] = [];
  const clean = (line: string): string => line.trimEnd().split('\r').at(-1) ?? '';
  return {
    /** The lines that became whole, empty ones left out. */
    add(text: string): readonly string[] {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      const whole = lines.map(clean).filter((line) => line !== '');
      last.push(...whole);
      last.splice(0, last.length - mostLines);
      return whole;
    },
    /** What was printed last, a line without an end too. */
    last: (): readonly string[] => [...last, clean(rest)].filter((line) => line !== ''),
    clear(): void {
      rest = '';
      last.length = 0;
    },
  };
}

const mostLines = 20;

/** The instructions from the FROM of each stage on. */
export function stagesOf({
  instructions,
}: Dockerfile): readonly { readonly name?: string; readonly instructions: readonly Instruction[] }[] {
  const stages: { name?: string; instructions: Instruction[] }[] = [];
  for (const instruction of instructions) {
    if (instruction.name === 'FROM') {
      const [, as, name] = instruction.words.filter((word) => !word.startsWith('--'));
      stages.push({ instructions: [], ...(as?.toUpperCase() === 'AS' && name && { name: name.toLowerCase() }) });
    }
    stages.at(-1)?.instructions.push(instruction);
  }
  return stages;
}

/** What an instruction is called among a builder's steps. */
export const isCalled = (instruction: Instruction | undefined, text: string): boolean =>
  instruction !== undefined && text.toUpperCase().startsWith(instruction.name);
