import type { Dockerfile } from '../dockerfile.ts';
import type { BuildStep } from '../engine.ts';
import { type BuildReader, type BuildTold, isCalled, lineGatherer, stagesOf } from './build-steps.ts';
import { pullProgress } from './pull-progress.ts';

/** Reads what Docker's legacy builder, and podman's, print: their own lines and those of the commands alike, one step after the other. */
export function legacyProgress(dockerfile: Dockerfile, told: BuildTold, clock: () => number = () => performance.now()): BuildReader {
  const pulls = pullProgress();
  const heads = lineGatherer();
  const output = lineGatherer();
  let current: Step | undefined;
  const end = (state: 'done' | 'failed'): void => {
    if (!current) return;
    const { begunAt, isCached, ...step } = current;
    const seconds = (clock() - begunAt) / 1000;
    told.onStep?.(isCached && state === 'done' ? { ...step, state: 'cached' } : { ...step, state, seconds });
  };
  const take = (line: string): void => {
    const [, stage, number, of, text] = stepHead.exec(line) ?? [];
    if (number !== undefined && of !== undefined && text !== undefined) {
      end('done');
      const place = `${stage === undefined ? '' : `stage ${stage.split('/')[0]}, `}${number}/${of}`;
      const at = lineOf(dockerfile, stage, Number(number), text);
      current = { place, text, ...(at !== undefined && { line: at }), begunAt: clock(), isCached: false };
      output.clear();
      told.onStep?.({ place, text, ...(at !== undefined && { line: at }), state: 'begun' });
    } else if (isUsingCache.test(line)) {
      if (current) current = { ...current, isCached: true };
    } else if (isEnd.test(line)) {
      end('done'); // an intermediate stage of podman's may be followed by others
      current = undefined;
    } else if (!noise.test(line)) {
      told.onLine?.(line, current?.place);
    }
  };
  return {
    read(record) {
      const sum = pulls(record);
      if (sum) return told.onProgress?.(sum);
      const text = textOf(record);
      for (const line of heads.add(text)) {
        take(line);
        if (!stepHead.test(line) && !noise.test(line) && !isUsingCache.test(line)) output.add(`${line}\n`);
      }
    },
    failed() {
      end('failed');
      if (!current) return undefined;
      const { place, text, line } = current;
      const rest = heads.add('\n'); // what ended in the middle of a line
      return { step: { place, text, ...(line !== undefined && { line }) }, lines: [...output.last(), ...rest] };
    },
    done: () => end('done'),
  };
}

interface Step extends Pick<BuildStep, 'place' | 'text' | 'line'> {
  readonly begunAt: number;
  readonly isCached: boolean;
}

/** `Step 2/5 : RUN make`; podman's `STEP 2/5: RUN make`, and `[1/2] STEP 2/5: RUN make` where there are several stages. */
const stepHead = /^(?:\[(\d+\/\d+)\] )?step (\d+)\/(\d+) ?: (.*)$/i;
/** Of Docker's builder, and of podman's, behind which the image's id stands alone. */
const isEnd = /^Successfully (?:built|tagged) \S+$|^(?:\[\d+\/\d+\] )?COMMIT(?: \S+)?$|^[0-9a-f]{64}$/;
const isUsingCache = /^ ?-?--> Using cache/;
/** Ids of layers and of containers tell nobody anything. */
const noise = /^ ?-?--> |^Removing intermediate container/;

/** What the builder and its commands print comes with their own line ends, what is said of a pull without. */
function textOf({ stream, status, id }: Readonly<Record<string, unknown>>): string {
  if (status !== undefined) return String(status).startsWith('Pulling from ') ? `${status}:${id}\n` : `${status}\n`;
  return withoutColour(String(stream ?? ''));
}

/** The builder paints what a command prints on stderr red. */
const withoutColour = (text: string): string => text.replaceAll('\u001B[91m', '').replaceAll('\u001B[0m', '');

/** Docker's builder counts every instruction of the file, podman's those of each stage from its FROM on. */
function lineOf(dockerfile: Dockerfile, stage: string | undefined, number: number, text: string): number | undefined {
  const ofStage = stagesOf(dockerfile)[stage === undefined ? 0 : Number.parseInt(stage, 10) - 1]?.instructions[number - 1];
  const ofAll = stage === undefined ? dockerfile.instructions[number - 1] : undefined;
  const isSame = (instruction: typeof ofAll): boolean =>
    isCalled(instruction, text) && (instruction?.name === 'FROM' || text.includes(instruction?.words.at(-1) ?? '')); // podman names stages by ids
  return [ofAll, ofStage].find(isSame)?.line;
}
