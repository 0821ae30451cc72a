import { setMaxListeners } from 'node:events';
import { servingModelDirectory } from '../../contract/serving.ts';
import type { Mount } from '../../engine/engine.ts';
import { Scope } from '../../scope.ts';
import type { Examination } from '../examination.ts';
import type { Payload } from '../request.ts';
import { type Answer, isAccepted, type Reply } from './http-call.ts';
import type { ImageContent } from './image-content.ts';
import { type Answered, type Insult, insult } from './insults.ts';
import { usualPayloads } from './payloads.ts';
import { type PlanKind, ServingPlans } from './serving-plans.ts';
import { ServingTrial } from './serving-trial.ts';
import type { StartUp } from './start-up.ts';
import type { TrainingTrials } from './training-trials.ts';

/** What a container of its own has that the one that most checks share has not. */
export interface Variation extends PlanKind {
  readonly environment?: Readonly<Record<string, string>>;
  /** Variables that it is not given. */
  readonly without?: readonly string[];
  /** Besides the model's. */
  readonly mounts?: readonly Mount[];
  /** Paths at which it finds the model too. */
  readonly modelAt?: readonly string[];
  /** Where it is told to listen, and looked for; 8080 by default. */
  readonly port?: number;
}

/** Whether an invocation was understood. */
export type Sample =
  | {
      readonly state: 'accepted';
      readonly payload: Payload;
      readonly reply: Answer;
      readonly isGiven: boolean;
      /** Seconds that an answer takes, once the server has warmed up. */
      readonly pace: number;
    }
  | { readonly state: 'refused'; readonly attempts: readonly Attempt[]; readonly isGiven: boolean };

export interface Attempt {
  readonly payload: Payload;
  readonly reply: Reply;
}

/** What went wrong with the model read-only, and did not with a copy that the container may write into. */
export interface ReadOnlyTrouble {
  readonly startUp?: StartUp;
  readonly reply?: Reply;
  readonly lines: readonly string[];
}

/** Containers that are started to see how the image serves: one that most checks share, and one for each who wears it out. */
export class ServingTrials implements AsyncDisposable {
  readonly examination: Examination;
  readonly #plans: ServingPlans;
  readonly #scope = new Scope();
  #main: Promise<ServingTrial> | undefined;
  #sample: Promise<Sample> | undefined;
  #readOnly: ReadOnlyTrouble | undefined;
  #insults: Promise<readonly Insult[]> | undefined;
  /** Whether a container has ended under requests that it takes, which was told. */
  hasCrashed = false;
  #left: ServingTrial | undefined;
  /** Seconds within which another container must be up. */
  #window = Number.POSITIVE_INFINITY;

  /** `training`: whose model is served where the user names none. */
  constructor(examination: Examination, training: TrainingTrials) {
    this.examination = examination;
    setMaxListeners(0, examination.signal); // each request under way listens
    this.#plans = this.#scope.use(new ServingPlans(examination, () => training.modelOf()));
  }

  /**
   * The container that most checks share; another one where it has ended meanwhile. Errors: those of the options and of model data; trouble of
   * the engine; the signal's reason.
   */
  async main(): Promise<ServingTrial> {
    this.#main ??= this.#startMain();
    const main = await this.#main;
    if (!main.isReady || !main.ended) return main;
    this.#main = this.another({ isModelWritable: this.needsWritableModel });
    return await this.#main;
  }

  /** One for who asks, and who disposes it. Errors: as `main`. */
  async another({ environment, without = [], mounts, modelAt = [], port, ...kind }: Variation = {}): Promise<ServingTrial> {
    const shared = await this.#plans.of({ isModelWritable: this.needsWritableModel, ...kind });
    const asked = port === undefined ? {} : { SAGEMAKER_BIND_TO_PORT: String(port) };
    const container = {
      ...shared.container,
      environment: lacking({ ...shared.container.environment, ...environment, ...asked }, without),
      mounts: [...shared.container.mounts, ...(mounts ?? []), ...moved(shared.container.mounts, modelAt)],
    };
    const limits = { ...shared.limits, startup: Math.min(shared.limits.startup, this.#window) };
    const trial = await ServingTrial.start(this.examination, { ...shared, container, limits, port: port ?? shared.port });
    // The next ones need no more time, or something keeps them.
    if (trial.startUp.state === 'ready') this.#window = Math.min(this.#window, Math.max(30, 5 * trial.startUp.after));
    return this.#scope.use(trial);
  }

  /** One that another has used and left in order, or else a new one: for who does not mind, and who disposes it or leaves it again. */
  async used(): Promise<ServingTrial> {
    const left = this.#left;
    this.#left = undefined;
    if (left && !left.ended) return left;
    await left?.[Symbol.asyncDispose]();
    return await this.another();
  }

  /** For whoever wants a used one next. */
  async leave(trial: ServingTrial): Promise<void> {
    const before = this.#left;
    this.#left = trial;
    await before?.[Symbol.asyncDispose]();
  }

  /** What the sample that the user gave is answered with, or else one that is made up. Errors: as `main`. */
  async sample(content: () => Promise<ImageContent>): Promise<Sample> {
    this.#sample ??= this.#findSample(content);
    return await this.#sample;
  }

  /** Set where the image serves only with a model that it may write into: when `main` and `sample` are known. */
  get readOnlyTrouble(): ReadOnlyTrouble | undefined {
    return this.#readOnly;
  }

  /** What came of requests that nobody can read, made like the sample. Errors: as `main`. */
  async insults(sample: Answered): Promise<readonly Insult[]> {
    this.#insults ??= insult(this, sample);
    return await this.#insults;
  }

  /** One invocation with a payload, by the limits that there are. */
  async invoke(trial: ServingTrial, { body, contentType, accept }: Payload, more: Partial<Invocation> = {}): Promise<Reply> {
    const headers = { 'Content-Type': contentType, ...(accept !== undefined && { Accept: accept }), ...more.headers };
    const { agent, isChunked, signal, timeout = trial.plan.limits.invocation } = more;
    const sent = { method: 'POST', path: '/invocations', headers, body, timeout } as const;
    const reply = await trial.call({ ...sent, ...(agent && { agent }), ...(isChunked && { isChunked }) }, signal);
    if (isAccepted(reply)) trial.accepted += 1;
    return reply;
  }

  get needsWritableModel(): boolean {
    return this.#readOnly !== undefined;
  }

  async #startMain(): Promise<ServingTrial> {
    this.examination.onTrial('serving');
    const main = await this.another();
    if (!mayNeedToWrite(main)) return main;
    this.examination.onTrial('serving a model that may be written');
    const writable = await this.another({ isModelWritable: true });
    if (!writable.isReady) {
      await writable[Symbol.asyncDispose]();
      return main;
    }
    this.#readOnly = { startUp: main.startUp, lines: main.lastLines() };
    await main[Symbol.asyncDispose]();
    return writable;
  }

  async #findSample(content: () => Promise<ImageContent>): Promise<Sample> {
    const first = await this.#tried(await this.main(), content);
    if (first.state === 'accepted' || this.needsWritableModel || !first.attempts.some(({ reply }) => isServerError(reply))) return first;
    const before = await this.main();
    if (!before.mentions(readOnlyWords)) return first;
    this.examination.onTrial('serving a model that may be written');
    const writable = await this.another({ isModelWritable: true });
    const second = writable.isReady ? await this.#tried(writable, content) : first;
    if (second.state !== 'accepted') {
      await writable[Symbol.asyncDispose]();
      return first;
    }
    const reply = first.attempts.find((attempt) => isServerError(attempt.reply))?.reply;
    this.#readOnly = { ...(reply && { reply }), lines: before.lastLines() };
    await before[Symbol.asyncDispose]();
    this.#main = Promise.resolve(writable);
    return second;
  }

  async #tried(trial: ServingTrial, content: () => Promise<ImageContent>): Promise<Sample> {
    const { payload: given } = this.examination.request;
    const attempts: Attempt[] = [];
    const since = performance.now();
    const payloads = given ? [given] : usualPayloads(await content());
    for (const payload of payloads) {
      const reply = await this.invoke(trial, payload);
      if (reply.status !== undefined && isAccepted(reply)) {
        const pace = reply.took > slow ? Math.min(reply.took, (await this.invoke(trial, payload)).took) : reply.took;
        return { state: 'accepted', payload, reply, isGiven: given !== undefined, pace };
      }
      attempts.push({ payload, reply });
      if (trial.ended || performance.now() - since > longestSearch) break;
    }
    return { state: 'refused', attempts, isGiven: given !== undefined };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#scope[Symbol.asyncDispose]();
  }
}

const lacking = (environment: Readonly<Record<string, string>>, names: readonly string[]): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(environment).filter(([name]) => !names.includes(name)));

/** The model's mount once more, at other paths. */
const moved = (mounts: readonly Mount[], targets: readonly string[]): readonly Mount[] =>
  mounts.flatMap((mount) => (mount.target === servingModelDirectory ? targets.map((target) => ({ ...mount, target })) : []));

/** How an invocation may differ from the usual one. */
export interface Invocation {
  readonly headers: Readonly<Record<string, string>>;
  readonly isChunked: boolean;
  readonly agent: NonNullable<Parameters<ServingTrial['call']>[0]['agent']>;
  readonly timeout: number;
  readonly signal: AbortSignal;
}

/** Seconds; a first answer that took longer may have loaded the model. */
const slow = 1;

/** Milliseconds after which no other payload is made up. */
const longestSearch = 15_000;

const isServerError = (reply: Reply): boolean => reply.status === undefined || reply.status >= 500;

/** Whether a start that failed may do better with a model that can be written into. */
function mayNeedToWrite(trial: ServingTrial): boolean {
  const { startUp } = trial;
  if (startUp.state === 'ended') return startUp.exit.code !== 0;
  return (startUp.state === 'unhealthy' || startUp.state === 'silent') && trial.mentions(readOnlyWords);
}

/** What programs say of EROFS. */
const readOnlyWords = /read-only file ?system|EROFS|errno 30\b/i;
