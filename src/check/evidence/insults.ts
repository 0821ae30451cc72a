import { setTimeout as sleep } from 'node:timers/promises';
import type { Seconds } from '../../engine/engine.ts';
import type { Payload } from '../request.ts';
import { isAccepted, type Reply } from './http-call.ts';
import type { ServingTrials } from './serving-trials.ts';

/** A request that a server cannot read, and what came of it. */
export interface Insult {
  /** `an empty body`, `the content type application/x-unheard-of`. */
  readonly what: string;
  readonly isContentType: boolean;
  readonly reply: Reply;
  /** Whether it serves afterwards: what it does then where it does not. */
  readonly aftermath: string | undefined;
  /** What the container last printed, where it has not outlived it. */
  readonly lines: readonly string[];
}

/**
 * Sends them one after the other to a container of their own, and looks each time whether it still serves; the first that it does not outlive is the
 * last. Where answers are slow, those at the end are left out.
 */
export async function insult(serving: ServingTrials, sample: Answered): Promise<readonly Insult[]> {
  serving.examination.onTrial('sending what cannot be read');
  const trial = await serving.another();
  const insults: Insult[] = [];
  const timeout = Math.max(leastPatience, 3 * sample.pace);
  const deadline = performance.now() + longest;
  for (const { what, payload, isContentType } of insultsOf(sample.payload)) {
    const reply = await serving.invoke(trial, payload, { timeout });
    const aftermath = await aftermathOf(serving, trial, sample.payload, timeout);
    insults.push({ what, isContentType, reply, aftermath, lines: aftermath === undefined ? [] : trial.lastLines() });
    if (aftermath !== undefined || performance.now() > deadline) break;
  }
  if (insults.every(({ aftermath }) => aftermath === undefined)) await serving.leave(trial);
  else await trial[Symbol.asyncDispose]();
  return insults;
}

/** A sample that the server takes. */
export interface Answered {
  readonly payload: Payload;
  /** Seconds that an answer takes. */
  readonly pace: Seconds;
}

/** Milliseconds after which no more are sent. */
const longest = 20_000;

/** Seconds for an answer. */
const leastPatience = 10;

function insultsOf({ body, ...rest }: Payload): readonly { what: string; payload: Payload; isContentType: boolean }[] {
  const garbage = Buffer.from(Array.from({ length: 256 }, (_, index) => (index * 167 + 13) % 256)); // the same every time, and no text
  const half = body.subarray(0, Math.floor(body.length / 2));
  return [
    { what: 'an empty body', payload: { ...rest, body: Buffer.alloc(0) }, isContentType: false },
    { what: `the content type ${unheardOf}`, payload: { ...rest, body, contentType: unheardOf }, isContentType: true },
    { what: `256 bytes that are no ${rest.contentType}`, payload: { ...rest, body: garbage }, isContentType: false },
    ...(half.length > 0 ? [{ what: 'the first half of the sample', payload: { ...rest, body: half }, isContentType: false }] : []),
  ];
}

const unheardOf = 'application/x-unheard-of';

/** A worker that ended is replaced by most servers at once, so one failure is not the end. */
async function aftermathOf(
  serving: ServingTrials,
  trial: Awaited<ReturnType<ServingTrials['another']>>,
  sample: Payload,
  timeout: Seconds,
): Promise<string | undefined> {
  const deadline = performance.now() + recovery;
  for (;;) {
    const ping = await trial.ping();
    const again = ping.status === 200 ? await serving.invoke(trial, sample, { timeout }) : ping;
    if (isAccepted(again)) return undefined;
    if (trial.ended) return `the container ended with exit code ${trial.ended.code}`;
    if (performance.now() > deadline) {
      const what = ping.status === 200 ? 'the sample is then answered with' : 'GET /ping is then answered with';
      return `${what} ${again.status === undefined ? `nothing: ${again.why}` : `status ${again.status}`}`;
    }
    await sleep(betweenLooks, undefined, { signal: serving.examination.signal });
  }
}

/** Milliseconds in which a server may get over it. */
const recovery = 5000;
const betweenLooks = 100;
