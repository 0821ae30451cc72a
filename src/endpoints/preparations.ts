import { randomBytes } from 'node:crypto';
import type { CreateModelInput } from '@aws-sdk/client-sagemaker';
import { deploymentOf, instancesOf } from '../contract/deployment.ts';
import type { Grant } from '../credentials/credentials.ts';
import type { Emulator } from '../emulator.ts';
import type { Image, Labels } from '../engine/engine.ts';
import { removeLeftovers } from '../engine/leftovers.ts';
import { reasonOf } from '../errors.ts';
import type { Preparation, Revival } from '../hosting/endpoint.ts';
import type { EndpointPlan } from '../hosting/generation.ts';
import type { EndpointRecord, NextLasting } from '../hosting/record.ts';
import type { ImageObserver } from '../image.ts';
import { neverStopped } from '../stop.ts';
import { endContainers, labelsOf } from './adopt-endpoint.ts';
import type { KeptRecord } from './claim.ts';
import type { EndpointGrants } from './endpoint-grants.ts';
import { type EndpointRequests, type HostingSetting, prepareEndpoint } from './prepare.ts';
import { hasRunning, isWhole, planAgain, type Remains, remainsOf, withCountsOf, withImagesOf } from './revival.ts';

export interface PreparationsOptions {
  readonly setting: HostingSetting;
  readonly observer: ImageObserver;
  /** Cuts the grace of what another process has left short. */
  readonly hard: AbortSignal;
}

/** What one endpoint serves with, each time: worked out from requests, or what another process had worked out. */
export class Preparations {
  readonly #emulator: Emulator;
  readonly #record: KeptRecord;
  readonly #grants: EndpointGrants;
  readonly #options: PreparationsOptions;
  /** What ends beside it of all that another process has left. */
  readonly #clearing = new Set<Promise<void>>();

  constructor(emulator: Emulator, record: KeptRecord, grants: EndpointGrants, options: PreparationsOptions) {
    this.#emulator = emulator;
    this.#record = record;
    this.#grants = grants;
    this.#options = options;
  }

  /** Errors: as `prepareEndpoint`. */
  async fresh(requests: EndpointRequests, signal: AbortSignal, setting = this.#options.setting): Promise<EndpointPlan> {
    await this.cleared(); // it would take what is made now for something left
    const parts = {
      ...requests,
      ...{ setting, generation: randomBytes(6).toString('hex') },
      labels: { 'sm-local.home': this.#emulator.home.path, ...labelsOf(this.#record.now) },
      grant: (model: CreateModelInput, image: Image): Promise<Grant> => this.#grants.for(model, image, signal),
    };
    const { plan, directories } = await prepareEndpoint(this.#emulator, parts, this.#options.observer, signal);
    const { run, imageId } = this.#record.now;
    const [first] = plan.variants;
    this.#record.keep({
      ...(first && imageId === '' && { image: first.image, imageId: first.imageId }),
      run: { ...run, models: [...new Set([...(run.models ?? []), ...directories])] },
    });
    return plan;
  }

  /** An endpoint that another process had, of which `remains` were found; undefined where the engine could not be asked yet. */
  again(taken: EndpointRecord, requests: EndpointRequests, remains: Remains | undefined): Preparation | Revival {
    // Of a creation that has not come to a container nothing is of use.
    if (taken.status === 'Creating' && !(remains && hasRunning(remains))) return (signal) => this.#anew(requests, signal);
    const next = taken.failureReason === undefined ? taken.run.lasting?.next : undefined; // else it was rolled back
    return {
      status: revivedStatus(taken.status, remains?.isServing === true),
      failureReason: taken.failureReason,
      ...(next && { update: this.#updateTo(taken.name, next) }),
      begin: async (signal) => {
        const found = remains ?? (await remainsOf(this.#emulator, taken));
        const granted = this.#grants.again(signal);
        if (!found.isServing) await granted; // what is started now asks for them
        return { plan: await this.#planAgain(requests, found, signal), running: found.running };
      },
    };
  }

  /** Settles when all that another process has left, and that is not gone on with, has ended. */
  async cleared(): Promise<void> {
    await Promise.all(this.#clearing);
  }

  async #anew(requests: EndpointRequests, signal: AbortSignal, setting = this.#options.setting): Promise<EndpointPlan> {
    const { engine } = this.#emulator;
    const labels = labelsOf(this.#record.now);
    const stops = { ...neverStopped, kill: AbortSignal.abort() };
    await endContainers(this.#emulator, this.#record.now, await engine.containers.list(labels), stops);
    await removeLeftovers(engine, labels, async () => true);
    return await this.fresh(requests, signal, setting);
  }

  /** The update that another process was about is begun again, with what it was to bring. */
  #updateTo(endpoint: string, { config, models, deployment }: NextLasting): Revival['update'] {
    const requests = { endpoint, config, models: new Map(models.map((model) => [model.ModelName ?? '', model])) };
    return { prepare: (signal) => this.fresh(requests, signal), deployment: deploymentOf(deployment, instancesOf(config)) };
  }

  /** What serves, or has served. What else is there ends beside it. */
  async #planAgain(requests: EndpointRequests, remains: Remains, signal: AbortSignal): Promise<EndpointPlan> {
    const { setting, observer } = this.#options;
    const record = this.#record.now;
    const { lasting } = record.run;
    const live = lasting?.live;
    if (!lasting || !live) return await this.#anew(requests, signal);
    if (!hasRunning(remains) && !(await isWhole(this.#emulator, record, live))) {
      const sameImages = await withImagesOf(this.#emulator, live, setting);
      return withCountsOf(await this.#anew(requests, signal, sameImages), live);
    }
    const cleared = this.#endOthers(remains, live.generation).catch((error: unknown) => {
      observer.event({ event: 'warning', message: `What was left of ${record.name} could not be removed: ${reasonOf(error)}` });
    });
    this.#clearing.add(cleared);
    return await planAgain(this.#emulator, record, { ...lasting, live }, setting, observer);
  }

  async #endOthers({ others }: Remains, generation: string): Promise<void> {
    await endContainers(this.#emulator, this.#record.now, others, { ...neverStopped, kill: this.#options.hard });
    const isOther = async (labels: Labels): Promise<boolean> => labels['sm-local.generation'] !== generation;
    await removeLeftovers(this.#emulator.engine, labelsOf(this.#record.now), isOther);
  }
}

const revivedStatus = (status: EndpointRecord['status'], isServing: boolean): Revival['status'] => {
  if (status === 'Failed' || status === 'Creating') return status;
  return isServing ? 'InService' : 'SystemUpdating';
};
