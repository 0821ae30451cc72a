import type { Dockerfile, Instruction } from '../engine/dockerfile.ts';
import { expanded } from '../engine/dockerfile-words.ts';
import { type BaseFacts, declare, freshState, hasWildcard, type State, type Step, stepsIn } from './instruction-steps.ts';

interface Stage {
  readonly name: string;
  readonly base: string;
  readonly line: number;
  readonly instructions: readonly Instruction[];
}

/**
 * The steps that the image is made by: of the last stage, and of the stages that it stands on. What other stages take in of the context comes
 * first, as something that anything may be made of. `base`: of the image that all of it stands on, if it is known.
 */
export function buildSteps(dockerfile: Dockerfile, buildArguments: Readonly<Record<string, string>>, base?: BaseFacts): readonly Step[] {
  const { globals, stages } = stagesOf(dockerfile, buildArguments);
  const steps = (index: number, state: State): readonly Step[] =>
    stepsIn(stages[index]?.instructions ?? [], globals, buildArguments, state, index === stages.length - 1);
  const alone = (index: number): readonly Step[] => [...ancestry(stages, index)].flatMap((each) => steps(each, freshState(undefined)));
  const chain = ancestry(stages, stages.length - 1);
  const others = stages.flatMap((_, index) => (chain.has(index) ? [] : alone(index)));
  const shared = [...chain]
    .flatMap((index) => (stages[index]?.instructions ?? []).flatMap(sourceStages))
    .flatMap((name) => {
      const index = stageCalled(stages, name, stages.length);
      return index === undefined ? [] : alone(index);
    });
  const state = freshState(base);
  return [...[...others, ...shared].flatMap(asTaken), ...[...chain].reverse().flatMap((index) => steps(index, state))];
}

/** What the first stage of the chain stands on, in full: `python:3.11-slim`; undefined where that cannot be told. */
export function baseImageOf(dockerfile: Dockerfile, buildArguments: Readonly<Record<string, string>>): string | undefined {
  const { globals, stages } = stagesOf(dockerfile, buildArguments);
  const first = [...ancestry(stages, stages.length - 1)].at(-1);
  const base = first === undefined ? undefined : stages[first]?.base;
  return base === undefined ? undefined : expanded(base, { values: globals, isWhole: true });
}

function stagesOf({ instructions }: Dockerfile, buildArguments: Readonly<Record<string, string>>) {
  const stages: (Stage & { readonly instructions: Instruction[] })[] = [];
  const globals = new Map<string, string>();
  for (const instruction of instructions) {
    const { name, words, line } = instruction;
    const own = stages.at(-1);
    if (name === 'FROM') {
      const [base = '', , called = ''] = words.filter((word) => !word.startsWith('--'));
      stages.push({ base, name: called.toLowerCase(), line, instructions: [] });
    } else if (own) own.instructions.push(instruction);
    else if (name === 'ARG') declare(words, { values: globals, settled: new Set(), isWhole: true }, globals, buildArguments);
  }
  return { globals, stages };
}

/** A stage and those that it stands on, from itself on down. */
function ancestry(stages: readonly Stage[], from: number): ReadonlySet<number> {
  const found = new Set<number>();
  for (let index: number | undefined = from; index !== undefined && index >= 0; ) {
    found.add(index);
    index = stageCalled(stages, stages[index]?.base ?? '', index);
  }
  return found;
}

/** The stage of this name or number, of those before `before`. */
function stageCalled(stages: readonly Stage[], name: string, before: number): number | undefined {
  const wanted = name.toLowerCase();
  const index = /^\d+$/.test(wanted)
    ? Number(wanted)
    : stages.slice(0, before).findLastIndex((stage) => stage.name !== '' && stage.name === wanted);
  return index >= 0 && index < before ? index : undefined;
}

/** The stages that an instruction takes something from. */
const sourceStages = ({ words }: Instruction): readonly string[] =>
  words.flatMap((word) => /^--(?:from=|mount=.*\bfrom=)([^,]+)/.exec(word)?.[1] ?? []);

const asTaken = (step: Step): readonly Step[] => {
  if (step.kind === 'copy') {
    return step.sources.map((source) => ({ kind: 'anything', line: step.line, text: step.text, takes: hasWildcard(source) ? '' : source }));
  }
  return step.kind === 'anything' && step.takes !== undefined ? [step] : [];
};
