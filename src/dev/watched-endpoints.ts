import type { CreateEndpointInput } from '@aws-sdk/client-sagemaker';
import { isServing } from '../contract/status.ts';
import type { Emulator } from '../emulator.ts';
import type { HostedEndpoint } from '../endpoints/hosted-endpoint.ts';
import type { HostingSetting } from '../endpoints/prepare.ts';
import type { HostingRequests, Served } from '../endpoints/serve.ts';
import { isError } from '../errors.ts';
import { allThenThrow } from '../hosting/all-then-throw.ts';
import type { EndpointFailure } from '../hosting/endpoint-state.ts';
import { findOrBuildImage, type ImageObserver, type ImageRequest } from '../image.ts';
import { eitherOf, onAbort, type StopSignals } from '../stop.ts';
import type { SourceCode } from '../store/source-code.ts';
import type { ImageUpdates } from './image-updates.ts';
import type { Wanted, WantedChanges } from './wanted.ts';

/** Endpoints that are renewed with each change of what they are made of. */
export interface WatchedEndpoints {
  readonly emulator: Emulator;
  /** An open port, with models and configurations and without endpoints. */
  readonly served: Pick<Served, 'operations'>;
  readonly requests: HostingRequests;
  readonly setting: HostingSetting;
  /** What the image that changes is called in models. */
  readonly reference: string;
  /** The source code that is delivered besides, as it is now; absent where there is none. */
  readonly readCode?: (signal: AbortSignal) => Promise<SourceCode | undefined>;
  readonly wanted: Pick<WantedChanges, 'next' | 'overtaken'>;
  readonly updates: Pick<ImageUpdates, 'rebuild' | 'built' | 'runs'>;
  readonly news: ServingNews & ImageObserver;
  /** Aborts, with the reason, when what begins now cannot be debugged as it was asked for; absent where nothing is debugged. */
  readonly debugged?: (() => AbortSignal) | undefined;
}

/** Whoever tells a person, or a program, how it goes. */
export interface ServingNews {
  /** What has changed is about to be put into effect. */
  begins(wanted: Wanted): void;
  /** What was about to be put into effect is of no interest any more: something else is. */
  overtaken(): void;
  /** All endpoints answer with what has changed. `seconds`: since the first change; undefined at the beginning. */
  answers(endpoints: readonly HostedEndpoint[], seconds: number | undefined): Promise<void>;
  failed(failure: RenewalFailure): Promise<void>;
}

/** Why what has changed could not be put into effect. */
export interface RenewalFailure {
  /** The image could not be built, the code not be read; an endpoint did not start. */
  readonly stage: 'build' | 'code' | 'start';
  /** What came before still answers. */
  readonly isServing: boolean;
  readonly error?: unknown;
  /** Of an endpoint: `FailureReason`, and the logs of the instances that did not become healthy. */
  readonly endpoint?: Pick<EndpointFailure, 'reason' | 'exit'> & { readonly name: string; readonly logs: Readonly<Record<string, string>> };
}

/**
 * Serves, and puts each change into effect by the shortest way, until `stops.stop`, whose reason is thrown, or until others have stopped all of
 * the endpoints. What serves goes on until what follows it is healthy; a change ends the renewal that is under way. What is wrong with code or
 * image is told, and the next change waited for. Errors: what no change of the code can mend, when it begins.
 */
export async function watchEndpoints(watched: WatchedEndpoints, { stop }: Pick<StopSignals, 'stop'>): Promise<void> {
  const session = new Session(watched, stop);
  await session.renew();
  while (!session.ended.aborted) {
    using over = eitherOf(stop, session.ended, session.undebugged);
    const wanted = await watched.wanted.next(over.signal).catch((error: unknown) => {
      if (stop.aborted || !over.signal.aborted) throw error;
    });
    if (!wanted) {
      await session.tellUndebugged();
      continue;
    }
    session.begin(wanted);
    await session.renew();
  }
}

class Session {
  readonly #watched: WatchedEndpoints;
  readonly #stop: AbortSignal;
  readonly #ending = new AbortController();
  /** What instances are made of next. */
  #image: ImageRequest;
  /** `#image` says how it is got, not yet which one it is. */
  #isToBeBuilt = true;
  /** Where `#image` is from. */
  #asked: Wanted['image'];
  #code: SourceCode | undefined;
  #isCodeStale = true;
  /** When what is not in effect yet was noticed. */
  #since: number | undefined;
  /** Nothing has been begun yet. */
  #isFirst = true;
  #undebugged: AbortSignal | undefined;
  /** Those that are stopped here, because others take their place. */
  readonly #replaced = new WeakSet<HostedEndpoint>();
  /** Those that others have stopped, by name. */
  readonly #gone = new Set<string>();

  constructor(watched: WatchedEndpoints, stop: AbortSignal) {
    this.#watched = watched;
    this.#stop = stop;
    this.#image = watched.updates.rebuild().image; // a change that comes while it is built has it built again
  }

  /** Aborts when others have stopped all of its endpoints. */
  get ended(): AbortSignal {
    return this.#ending.signal;
  }

  /** Aborts when what was begun last cannot be debugged, which has not been told yet. */
  get undebugged(): AbortSignal | undefined {
    return this.#undebugged;
  }

  begin(wanted: Wanted): void {
    this.#watched.news.begins(wanted);
    this.#since ??= wanted.since;
    this.#isCodeStale = true; // what the image has may be source code besides
    if (!wanted.image) return;
    this.#isToBeBuilt = wanted.image.kind === 'build'; // as long as one is due, nothing else is handed out
    this.#asked = wanted.image;
    this.#image = wanted.image.image;
  }

  /** Puts into effect what is wanted, unless something else is before that is done. Errors: the reason of the stop, and as `watchEndpoints`. */
  async renew(): Promise<void> {
    const { wanted, news } = this.#watched;
    const { overtaken } = wanted;
    this.#undebugged = this.#watched.debugged?.();
    using cut = eitherOf(this.#stop, overtaken);
    using unwanted = eitherOf(overtaken, this.#undebugged);
    try {
      if (await this.#makeReady(cut.signal)) await this.#start(unwanted.signal);
    } catch (error) {
      this.#stop.throwIfAborted();
      if (!unwanted.signal.aborted) throw error;
    }
    this.#stop.throwIfAborted();
    if (overtaken.aborted) return news.overtaken();
    await this.tellUndebugged();
    this.#since = undefined;
    this.#isFirst = false;
  }

  /** Why what was begun last cannot be debugged, where that is so. Errors: what no change of the code can mend. */
  async tellUndebugged(): Promise<void> {
    if (!this.#undebugged?.aborted) return;
    const { reason } = this.#undebugged;
    this.#undebugged = undefined;
    if (!this.#isToBeWaitedFor(reason)) throw reason;
    await this.#watched.news.failed({ stage: 'start', isServing: this.#isServing, error: reason });
  }

  /** Whether image and code are there; else it has been told why not. */
  async #makeReady(signal: AbortSignal): Promise<boolean> {
    const { emulator, readCode, updates, news } = this.#watched;
    let stage: RenewalFailure['stage'] = 'build';
    try {
      if (this.#isToBeBuilt) {
        const { id } = await findOrBuildImage(emulator, this.#image, news, signal);
        signal.throwIfAborted(); // else it is without what has come meanwhile, perhaps
        updates.built(id);
        this.#image = { ...this.#image, image: { kind: 'image', reference: id } };
        this.#isToBeBuilt = false;
      }
      stage = 'code';
      if (this.#isCodeStale) this.#code = await readCode?.(signal);
      signal.throwIfAborted();
      this.#isCodeStale = false;
      return true;
    } catch (error) {
      if (signal.aborted || !this.#isToBeWaitedFor(error)) throw error;
      await news.failed({ stage, isServing: this.#isServing, error });
      return false;
    }
  }

  async #start(unwanted: AbortSignal): Promise<void> {
    const { requests, setting, reference, updates, news } = this.#watched;
    const images = { ...setting.images, [reference]: this.#image };
    const anew = { ...setting, images, ...(this.#code && { code: this.#code }) };
    const renewed = requests.endpoints
      .filter((each) => this.#isConcerned(each))
      .map((request) => (this.#serving(request) ? this.#update(request, anew, unwanted) : this.#create(request, anew, unwanted)));
    await allThenThrow(renewed);
    if (unwanted.aborted || this.#stop.aborted || this.ended.aborted) return;
    const failures = (await Promise.all(renewed)).flatMap((each) => each ?? []);
    for (const failure of failures) if (!this.#isToBeWaitedFor(failure.error)) throw failure.error;
    for (const failure of failures) await news.failed(failure);
    if (failures.length > 0) return;
    if (this.#asked) await updates.runs(this.#asked);
    const endpoints = requests.endpoints.flatMap((each) => this.#hosted(each) ?? []);
    await news.answers(endpoints, this.#since === undefined ? undefined : (performance.now() - this.#since) / 1000);
  }

  /** Whether the endpoint is made of what changes, or is not there. */
  #isConcerned({ EndpointName = '', EndpointConfigName }: CreateEndpointInput): boolean {
    const { requests, reference } = this.#watched;
    if (this.#gone.has(EndpointName)) return false;
    if (!this.#serving({ EndpointName, EndpointConfigName })) return true;
    const config = requests.endpointConfigs.find((each) => each.EndpointConfigName === EndpointConfigName);
    const variants = [...(config?.ProductionVariants ?? []), ...(config?.ShadowProductionVariants ?? [])];
    const names = new Set(variants.map(({ ModelName }) => ModelName));
    return requests.models.some(({ ModelName, PrimaryContainer }) => names.has(ModelName) && PrimaryContainer?.Image === reference);
  }

  #hosted({ EndpointName = '' }: CreateEndpointInput): HostedEndpoint | undefined {
    return this.#watched.served.operations.hosted(EndpointName);
  }

  #serving(request: CreateEndpointInput): HostedEndpoint | undefined {
    const hosted = this.#hosted(request);
    return hosted && isServing(hosted.endpoint.status) ? hosted : undefined;
  }

  get #isServing(): boolean {
    return this.#watched.requests.endpoints.some((each) => this.#serving(each));
  }

  /** Another generation in place of the one that serves. Why not, where it does not come to that. */
  async #update(request: CreateEndpointInput, setting: HostingSetting, unwanted: AbortSignal): Promise<RenewalFailure | undefined> {
    const { requests } = this.#watched;
    const hosted = this.#serving(request) as HostedEndpoint; // it has been looked at
    const before = new Set(Object.keys(hosted.logs));
    const models = new Map(requests.models.map((model) => [model.ModelName ?? '', model]));
    const haste = { overtaken: unwanted, grace: setting.limits['stop-grace'] ?? graceOfReplaced };
    await hosted.update({ endpoint: hosted.endpoint.name, config: hosted.config, models }, undefined, { setting, haste });
    return failureOf(hosted, before);
  }

  /** One where none serves: at the beginning, or because the last one has failed. Why not, where it does not become healthy. */
  async #create(request: CreateEndpointInput, setting: HostingSetting, unwanted: AbortSignal): Promise<RenewalFailure | undefined> {
    const { EndpointName: name = '' } = request;
    const failed = this.#hosted(request);
    if (failed) await this.#remove(failed);
    if (unwanted.aborted) return undefined;
    const hosted = await this.#watched.served.operations.createEndpoint(request, setting);
    void hosted.stopped.catch(() => {}).then(() => this.#noteEnd(hosted, name)); // whoever stopped it hears of trouble
    const late = onAbort(unwanted, undefined);
    await Promise.race([hosted.endpoint.launched, late.aborted]);
    late.release();
    if (unwanted.aborted && !isServing(hosted.endpoint.status)) await this.#remove(hosted);
    return failureOf(hosted, new Set());
  }

  async #remove(hosted: HostedEndpoint): Promise<void> {
    this.#replaced.add(hosted);
    await hosted.stop(AbortSignal.abort());
  }

  #noteEnd(hosted: HostedEndpoint, name: string): void {
    if (this.#replaced.has(hosted)) return;
    this.#gone.add(name);
    if (this.#gone.size === this.#watched.requests.endpoints.length) this.#ending.abort();
  }

  /** What a change may mend. When it begins, what is wrong with what was asked for, or with this machine, is not among it. */
  #isToBeWaitedFor(error: unknown): boolean {
    if (error === undefined) return true; // a container that does not become healthy
    return isError(error) && (error.blame === 'image' || !this.#isFirst);
  }
}

function failureOf({ endpoint, logs }: HostedEndpoint, before: ReadonlySet<string>): RenewalFailure | undefined {
  const { name, failure, status } = endpoint;
  if (!failure) return undefined;
  const own = Object.fromEntries(Object.entries(logs).filter(([instance]) => !before.has(instance)));
  const { error, reason, exit } = failure;
  return { stage: 'start', isServing: isServing(status), error, endpoint: { ...{ name, reason, logs: own }, ...(exit && { exit }) } };
}

/** Seconds: whoever waits for what replaces an instance does not wait for that one's end. */
const graceOfReplaced = 1;
