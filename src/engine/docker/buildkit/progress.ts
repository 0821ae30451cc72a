import type { BuildStep } from '../../engine.ts';
import { type BuildReader, type BuildTold, type FailedStep, isCalled, lineGatherer, stagesOf } from '../build-steps.ts';
import type { Dockerfile } from '../dockerfile.ts';
import { layerProgress } from './layers.ts';
import { readTrace, type Trace, type Vertex } from './trace.ts';

/** Reads BuildKit's records: steps run side by side, and what each prints comes with its name. `file`: what the Dockerfile is called. */
export function buildKitProgress(file: string, dockerfile: Dockerfile, told: BuildTold): BuildReader {
  const steps = new Map<string, Step>();
  const layers = layerProgress();
  let failing: Step | undefined;

  const seeVertex = (vertex: Vertex): void => {
    const step = steps.get(vertex.digest) ?? newStep(vertex, dockerfile);
    if (!step) return;
    steps.set(vertex.digest, step);
    const { started, completed, error, isCached } = vertex;
    if (started !== undefined && step.begunAt === undefined) {
      step.begunAt = started;
      told.onStep?.({ ...step.step, state: 'begun' });
    }
    if (error !== undefined) failing = step;
    if (completed === undefined || step.isOver) return;
    step.isOver = true;
    const ended = { ...step.step, seconds: completed - (step.begunAt ?? completed) } as const;
    told.onStep?.(isCached ? { ...step.step, state: 'cached' } : { ...ended, state: error === undefined ? 'done' : 'failed' });
  };

  const see = ({ vertices, statuses, logs, warnings }: Trace): void => {
    for (const vertex of vertices) seeVertex(vertex);
    for (const status of statuses) {
      const step = steps.get(status.vertex);
      const sum = step?.image === undefined ? undefined : layers(step.image, status);
      if (sum) told.onProgress?.(sum);
    }
    for (const { vertex, text } of logs) {
      const step = steps.get(vertex);
      for (const line of step?.output.add(text) ?? []) told.onLine?.(line, step?.step.place);
    }
    for (const { text, line, url } of warnings) {
      told.onWarning?.(`${line === undefined ? '' : `${file}:${line}: `}${text}${url ? ` (${url})` : ''}`);
    }
  };

  return {
    read(record) {
      if (record.id === 'moby.buildkit.trace' && typeof record.aux === 'string') see(readTrace(record.aux));
    },
    failed(): FailedStep | undefined {
      return failing && { step: failing.step, lines: failing.output.last() };
    },
    done() {},
  };
}

interface Step {
  readonly step: Pick<BuildStep, 'place' | 'text' | 'line'>;
  /** The base image, of the step that pulls it. */
  readonly image?: string;
  readonly output: ReturnType<typeof lineGatherer>;
  begunAt?: number;
  isOver?: boolean;
}

/** Undefined for what BuildKit does for itself: loading the context, writing the image. */
function newStep({ name }: Vertex, dockerfile: Dockerfile): Step | undefined {
  const [, stage, number, of, text] = /^\[(?:(.+) )?(\d+)\/(\d+)\] ([\s\S]*)$/.exec(name) ?? [];
  if (number === undefined || of === undefined || text === undefined) return undefined;
  const line = lineOf(dockerfile, stage, Number(number), Number(of), text);
  const isOnly = stagesOf(dockerfile).length < 2;
  const [first = '', ...others] = text.split('\n');
  const image = /^FROM (\S+)/.exec(text)?.[1]?.replace(/@sha256:.*/, '');
  return {
    step: {
      place: `${stage === undefined || isOnly ? '' : `${stage} `}${number}/${of}`,
      text: others.length > 0 ? `${first} …` : first,
      ...(line !== undefined && { line }),
    },
    ...(image !== undefined && { image }),
    output: lineGatherer(),
  };
}

/**
 * BuildKit counts what makes a layer, and the FROM of a stage that does not go on from another: only where that is among them is the count one
 * more than the others. A platform may stand in front of the stage's name.
 */
function lineOf(dockerfile: Dockerfile, stage: string | undefined, number: number, of: number, text: string): number | undefined {
  const stages = stagesOf(dockerfile);
  const name = stage?.split(' ').at(-1);
  const index = /^stage-(\d+)$/.exec(name ?? 'stage-0')?.[1];
  const own = stages.find((each) => each.name !== undefined && each.name === name) ?? stages[Number(index ?? -1)];
  const [from, ...others] = own?.instructions ?? [];
  const layers = others.filter((instruction) => ['RUN', 'COPY', 'ADD', 'WORKDIR'].includes(instruction.name));
  const counted = of > layers.length ? [from, ...layers] : layers;
  const found = counted[number - 1];
  return isCalled(found, text) ? found?.line : undefined;
}
