import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Channel, CreateTrainingJobRequest as JobRequest } from '@aws-sdk/client-sagemaker';
import { trainOptions } from '../../options/train-options.ts';
import { trainingSpec } from '../../options/training-spec.ts';
import { type GivenOptions, valuesOf } from '../../options/values.ts';
import type { TrainingSpec } from '../../training-jobs/train.ts';
import { sharingOf } from '../../workspace-choice.ts';
import type { Examination } from '../examination.ts';
import { findProgram } from './find-program.ts';
import type { ImageContent } from './image-content.ts';
import {
  type CopiedFile,
  channelAt,
  channelNames,
  makeUpChannel,
  plainName,
  unicodeName,
  withCopiedFile,
  withEmptyChannel,
  withFullChannel,
  withGarbage,
} from './training-data.ts';
import { claimsFailure, hasFailed, isSuccess, runTrial, type TrainingTrial, type TrialOptions } from './training-trial.ts';
import { type Leftout, variants, withoutThat } from './training-variants.ts';
import { isResultLike } from './written-files.ts';

/** The job as it was asked for, and where that fails the one of its variants that does not. */
export interface PlainTraining {
  readonly asAsked: TrainingTrial;
  /** What the other trials are variations of. */
  readonly trial: TrainingTrial;
  /** What was left out of it so that it succeeds. */
  readonly without: readonly Leftout[];
}

/** What should not matter to a program. */
export type Hardship = (typeof hardships)[number];

const hardships = ['network', 'empty channel', 'unicode names'] as const;

/** What is known of the image besides. */
export interface Asking {
  content(): Promise<ImageContent>;
  /** Why its training means nothing; undefined where it does mean something. */
  whyNot(area: 'train'): Promise<string | undefined>;
}

/** Training jobs that are run to see what the image makes of them, each once. */
export class TrainingTrials {
  readonly examination: Examination;
  readonly #subject: Asking;
  readonly #made = new Map<string, Promise<unknown>>();
  /** A home may see several images. */
  readonly #id = randomBytes(4).toString('hex');
  #count = 0;

  constructor(examination: Examination, subject: Asking) {
    this.examination = examination;
    this.#subject = subject;
  }

  /** Whether the user has given no data, so that some was made up. */
  get isMadeUp(): boolean {
    return listOf(this.examination.request.train.input).length === 0;
  }

  /** Seconds that a trial may take. */
  async limit(): Promise<number> {
    return (await this.#asked()).limit;
  }

  plain(): Promise<PlainTraining> {
    return this.#once('plain', async () => {
      const { request } = await this.#asked();
      const asAsked = await this.#run('training', request, { mindsServers: await this.#mindsServers(), listsFiles: true });
      if (isSuccess(asAsked) || asAsked.cut) return { asAsked, trial: asAsked, without: [] };
      for (const without of variants(request)) {
        const trial = await this.#run(`training without ${without.join(' and ')}`, withoutThat(request, without), { listsFiles: true });
        if (isSuccess(trial)) return { asAsked, trial, without };
      }
      return { asAsked, trial: asAsked, without: [] };
    });
  }

  /** Why the image is not taken for one that trains, though it was started: undefined where it is. */
  async whyNone(): Promise<string | undefined> {
    if (!(await this.#mindsServers())) return undefined;
    const { asAsked } = await this.plain();
    return asAsked.cut === 'server' ? 'it started a server when it was told to train; if that is wrong: --train' : undefined;
  }

  /** Only an ENTRYPOINT may not care what it is told; a program called train is there to train, and who says that it trains is believed. */
  async #mindsServers(): Promise<boolean> {
    const { image, request } = this.examination;
    if (image.entrypoint === undefined || request.parts.includes('train')) return false;
    return findProgram(await this.#subject.content(), image, 'train').state === 'missing';
  }

  /**
   * Whether the job that succeeds also does in spite of a hardship. All are tried at once, since most images mind none of them, and one by one
   * where that fails. Undefined where the hardship cannot be had.
   */
  async inSpiteOf(hardship: Hardship): Promise<TrainingTrial | undefined> {
    const { kind } = await this.examination.emulator.engine.describe();
    const { showsFiles } = await this.#once('sharing', () => sharingOf(this.examination.emulator, { signal: this.examination.signal }));
    // podman cannot keep a container from reaching its machine; the empty channel is a directory of this one.
    const impossible: readonly Hardship[] = [
      ...(kind === 'docker' ? [] : (['network'] as const)),
      ...(showsFiles ? [] : (['empty channel'] as const)),
    ];
    const possible = hardships.filter((each) => !impossible.includes(each));
    if (!possible.includes(hardship)) return undefined;
    const all = await this.#once('hardships', () => this.#suffering(possible));
    if (all && isSuccess(all.trial)) return hardship === 'unicode names' && !all.copied ? undefined : all.trial;
    return (await this.#once(hardship, () => this.#suffering([hardship])))?.trial;
  }

  /** With the channel that has no files in the trial of that hardship, but with the data of another one; undefined where that cannot be copied. */
  withFullChannel(): Promise<TrainingTrial | undefined> {
    return this.#once('full channel', async () => {
      const request = withFullChannel((await this.#base()).request);
      return request && (await this.#run('training with one channel more', request, { limit: await this.#shortLimit() }));
    });
  }

  /** The file whose name has letters of several scripts. */
  async copiedFile(): Promise<CopiedFile | undefined> {
    return await this.#once('copied', async () => (await this.#copied((await this.#base()).request, unicodeName))?.copied);
  }

  /** With a further file, as that of the Unicode name, which is called as plainly as can be. */
  async withPlainCopy(): Promise<TrainingTrial | undefined> {
    return await this.#once('plain copy', async () => {
      const made = await this.#copied((await this.#base()).request, plainName);
      return made && (await this.#run('training with one file more', made.request, { limit: await this.#shortLimit() }));
    });
  }

  /** One that fails: the plain one, or without any channel, or, where that does not do, with data that nobody could learn from. */
  failing(): Promise<TrainingTrial> {
    return this.#once('failing', async () => {
      const { trial } = await this.plain();
      if (!isSuccess(trial) || claimsFailure(trial)) return trial;
      const { request } = await this.#base();
      const { InputDataConfig: _, ...without } = request;
      const limit = await this.#shortLimit();
      const first = await this.#run('training without any data', without, { limit });
      if (hasFailed(first) || claimsFailure(first)) return first;
      const directory = join(this.examination.scratch, 'garbage');
      return await this.#run('training with garbage', await withGarbage(request, directory, this.examination.signal), { limit });
    });
  }

  /**
   * Stopped as soon as it hears SIGTERM. One that is over before it is seen to hear it, or before the signal can be sent, gets so little of a
   * processor that it takes seconds.
   */
  stopped(): Promise<TrainingTrial> {
    return this.#once('stopped', async () => {
      const { request } = await this.#base();
      const { trial: plain } = await this.plain();
      const stop = (options: Pick<TrialOptions, 'cpus'>) => this.#run('stopping a training job', request, { stops: true, ...options });
      if (plain.term?.heardAfter !== undefined) {
        const trial = await stop({});
        if (trial.stopTook !== undefined || trial.cut === 'limit') return trial;
      }
      return await stop({ cpus: plain.term ? Math.max(0.05, plain.took / 30) : leastCpus });
    });
  }

  /** What `--model` would be given: the user's, else the one that training leaves; undefined where there is none. */
  async modelOf(): Promise<string | undefined> {
    const { model } = this.examination.request.serve;
    if (typeof model === 'string') return model;
    if ((await this.#subject.whyNot('train')) !== undefined) return undefined;
    return (await this.plain()).trial.modelDirectory;
  }

  /** The request that all but the first trials vary: the one that succeeds. */
  async #base(): Promise<{ readonly request: JobRequest }> {
    const { request } = await this.#asked();
    const { without } = await this.plain();
    return { request: withoutThat(request, without) };
  }

  async #suffering(all: readonly Hardship[]) {
    let { request } = await this.#base();
    let copied: CopiedFile | undefined;
    if (all.includes('unicode names')) {
      const made = await this.#copied(request, unicodeName);
      if (made) ({ request, copied } = made);
      else if (all.length === 1) return undefined;
    }
    if (all.includes('network')) request = { ...request, EnableNetworkIsolation: true };
    if (all.includes('empty channel')) request = withEmptyChannel(request, emptyFileSystem);
    return {
      trial: await this.#run(`training with ${all.map((each) => told[each]).join(', ')}`, request, { limit: await this.#shortLimit() }),
      copied,
    };
  }

  /** Seconds for what is to take no longer than the plain job, or to fail soon. */
  async #shortLimit(): Promise<number> {
    const { took } = (await this.plain()).trial;
    return Math.min(await this.limit(), Math.max(15, 10 + 3 * took));
  }

  #copied(request: JobRequest, name: string) {
    this.#count += 1;
    return withCopiedFile(request, join(this.examination.scratch, `copied-${this.#count}`), name, this.examination.signal);
  }

  #asked(): Promise<Asked> {
    return this.#once('asked', async () => {
      const { request, image, scratch } = this.examination;
      const { env } = request.surroundings;
      const values = valuesOf(trainOptions, { 'pipe-within': '10s', ...defined(request.train) }, env);
      const given = { ...values, output: join(scratch, 'output'), compression: 'none' };
      const { spec } = await trainingSpec('image', given, request.surroundings);
      const { maxRuntime: limit = 60, ...options } = spec.options;
      const empty = join(scratch, 'empty');
      await mkdir(empty, { recursive: true });
      const { StoppingCondition: _, ...kept } = spec.request; // the trial's own limit kills, so that no grace has to be waited for
      return {
        spec: {
          ...spec,
          image: { kind: 'image', reference: image.id },
          options: { ...options, fileSystems: { [emptyFileSystem]: empty } },
        },
        limit,
        request: await this.#withData(kept),
      };
    });
  }

  async #withData(request: JobRequest): Promise<JobRequest> {
    if ((request.InputDataConfig ?? []).length > 0) return request;
    const InputDataConfig: Channel[] = [];
    for (const name of channelNames(await this.#subject.content())) {
      const directory = join(this.examination.scratch, 'data', name);
      await makeUpChannel(directory);
      InputDataConfig.push(channelAt(name, directory));
    }
    return { ...request, InputDataConfig };
  }

  async #run(
    what: string,
    request: JobRequest,
    options: Partial<Pick<TrialOptions, 'mindsServers' | 'listsFiles' | 'stops' | 'cpus' | 'limit'>> = {},
  ) {
    const { spec, limit } = await this.#asked();
    this.examination.onTrial(what);
    this.#count += 1;
    const named = { ...request, TrainingJobName: `sm-local-check-${this.#id}-${this.#count}` };
    return await runTrial(this.examination, { spec: { ...spec, request: named }, limit, isOfInterest: isResultLike, ...options });
  }

  #once<T>(name: string, make: () => Promise<T>): Promise<T> {
    const made = (this.#made.get(name) as Promise<T> | undefined) ?? make();
    this.#made.set(name, made);
    return made;
  }
}

/** What all trials are made of. */
interface Asked {
  readonly spec: TrainingSpec;
  /** Seconds. */
  readonly limit: number;
  readonly request: JobRequest;
}

/** Seconds that a job takes in which nothing can be missed. */
export const slowly = 4;

/** Of a processor, for what is over before anybody can look at it: it still starts. */
const leastCpus = 0.02;

/** For people who watch. */
const told: Readonly<Record<Hardship, string>> = {
  network: 'no network',
  'empty channel': 'an empty channel',
  'unicode names': 'names of several scripts',
};

const emptyFileSystem = 'fs-0123456789abcdef0';

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

const defined = (given: GivenOptions): GivenOptions => Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
