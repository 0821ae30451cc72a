import type { Dockerfile } from '../../dockerfile.ts';
import type { BuildStep, PullProgress } from '../../engine.ts';
import { type BuildReader, type BuildTold, type FailedStep, isCalled, lineGatherer, stagesOf } from '../build-steps.ts';
import { layerProgress } from './layers.ts';
import { readTrace, type Trace, type Vertex } from './trace.ts';

/** Reads BuildKit's records: steps run side by side, and what each prints comes with its name. `file`: what the Dockerfile is called. */
export function buildKitProgress(file: string, dockerfile: Dockerfile, told: BuildTold): BuildReader {
  const steps = new Map<string, Step>();
  const layers = layerProgress();
  let failing: Step | undefined;

  const end = (step: Step): void => {
    const { ended, begunAt = 0 } = step;
    if (!ended || step.isTold) return;
    step.isTold = true;
    const { completed, isCached, error } = ended;
    const { pulled } = step; // manifests are not unpacked, and were counted
    if (pulled?.total !== undefined && error === undefined) told.onProgress?.({ ...pulled, stage: 'unpack', done: pulled.total });
    const taken = { ...step.step, seconds: completed - begunAt };
    told.onStep?.(isCached ? { ...step.step, state: 'cached' } : { ...taken, state: error === undefined ? 'done' : 'failed' });
  };
  const endAll = (): void => {
    for (const step of steps.values()) end(step);
  };

  const seeVertex = (vertex: Vertex): void => {
    const { started, completed, error, isCached } = vertex;
    if (error !== undefined) failing = steps.get(vertex.digest) ?? missingBase(vertex, dockerfile) ?? failing;
    const step = steps.get(vertex.digest) ?? newStep(vertex, dockerfile);
    if (!step) return;
    steps.set(vertex.digest, step);
    if (error !== undefined) failing = step;
    if (started !== undefined && step.begunAt === undefined) {
      endAll();
      step.begunAt = started;
      told.onStep?.({ ...step.step, state: 'begun' });
    }
    if (completed === undefined) return;
    step.ended = { completed, isCached, error };
    // An image is resolved, and then its step begins anew and pulls it.
    if (step.image === undefined || isCached || error !== undefined) end(step);
  };

  const see = ({ vertices, statuses, logs, warnings }: Trace): void => {
    for (const vertex of vertices) seeVertex(vertex);
    for (const status of statuses) {
      const step = steps.get(status.vertex);
      const sum = step?.image === undefined ? undefined : layers(step.image, status);
      if (!step || !sum) continue;
      step.pulled = sum;
      told.onProgress?.(sum);
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
    done: endAll,
  };
}

interface Step {
  readonly step: Pick<BuildStep, 'place' | 'text' | 'line'>;
  /** The base image, of the step that pulls it. */
  readonly image?: string | undefined;
  readonly output: ReturnType<typeof lineGatherer>;
  begunAt?: number;
  ended?: { readonly completed: number; readonly isCached: boolean; readonly error: string | undefined };
  /** How far the pull of the image has come. */
  pulled?: PullProgress;
  isTold?: boolean;
}

/** BuildKit asks the registry what an image is before any step begins. */
function missingBase({ name }: Vertex, dockerfile: Dockerfile): Step | undefined {
  const [, image] = /^\[internal\] load metadata for (\S+)$/.exec(name) ?? [];
  if (image === undefined) return undefined;
  const froms = dockerfile.instructions.filter((instruction) => instruction.name === 'FROM');
  const from =
    froms.length === 1 ? froms[0] : froms.find(({ words }) => words.some((word) => word === image || image.endsWith(`/${word}`)));
  return { step: { place: 'FROM', text: `FROM ${image}`, ...(from && { line: from.line }) }, output: lineGatherer() };
}

/** Undefined for what BuildKit does for itself: loading the context, writing the image. */
function newStep({ name }: Vertex, dockerfile: Dockerfile): Step | undefined {
  const [, stage, number, of, text] = /^\[(?:(.+) )?(\d+)\/(\d+)\] ([\s\S]*)$/.exec(name) ?? [];
  if (number === undefined || of === undefined || text === undefined) return undefined;
  const line = lineOf(dockerfile, stage, Number(number), Number(of), text);
  const isOnly = stagesOf(dockerfile).length < 2;
  const [first = '', ...others] = text.replace(/^(FROM \S+:[^@\s]+)@sha256:[0-9a-f]+/, '$1').split('\n'); // the digest is BuildKit's finding
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
