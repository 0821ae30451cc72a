import { randomBytes } from 'node:crypto';
import type { CreateModelInput } from '@aws-sdk/client-sagemaker';
import type { Limits } from '../../contract/limits.ts';
import { prepareEndpoint } from '../../endpoints/prepare.ts';
import type { ServeSpec } from '../../endpoints/serve.ts';
import type { ContainerSpec } from '../../engine/engine.ts';
import { grantEndpoint } from '../../grants.ts';
import { sourceCode } from '../../options/code-flags.ts';
import { serveOptions } from '../../options/serve-options.ts';
import { only } from '../../options/serve-request.ts';
import { servingSpec } from '../../options/serving-spec.ts';
import { valuesOf } from '../../options/values.ts';
import { Scope } from '../../scope.ts';
import type { Examination } from '../examination.ts';

/** What `sm-local serve` makes a container of, but for what each has of its own. */
export interface ServingPlan {
  readonly container: ContainerSpec;
  /** Where it is to listen. */
  readonly port: number;
  readonly limits: Limits;
  /** Whether anything was named as its model, by the user or by a training trial; else /opt/ml/model is empty. */
  readonly hasModel: boolean;
  /** Gives back what belongs to this one alone; absent where others share it. */
  release?(): Promise<void>;
}

/** How plans differ. */
export interface PlanKind {
  /** `EnableNetworkIsolation`. */
  readonly isIsolated?: boolean;
  /** The container gets a copy of the model, into which it may write. */
  readonly isModelWritable?: boolean;
}

/** What the containers of serving trials are made of, worked out as for `sm-local serve`: once for those that share it. */
export class ServingPlans implements AsyncDisposable {
  readonly #examination: Examination;
  readonly #trainedModel: () => Promise<string | undefined>;
  readonly #scope = new Scope();
  #spec: Promise<Specified> | undefined;
  readonly #shared = new Map<boolean, Promise<ServingPlan>>();
  #grant: ReturnType<typeof grantEndpoint> | undefined;

  constructor(examination: Examination, trainedModel: () => Promise<string | undefined>) {
    this.#examination = examination;
    this.#trainedModel = trainedModel;
  }

  /** Errors: those of the options and of model data; trouble of the engine; the signal's reason. */
  async of({ isIsolated = false, isModelWritable = false }: PlanKind): Promise<ServingPlan> {
    if (isModelWritable) return await this.#make(isIsolated, true); // what one has written, another one shall not find
    const shared = this.#shared.get(isIsolated) ?? this.#share(isIsolated);
    this.#shared.set(isIsolated, shared);
    return await shared;
  }

  async #share(isIsolated: boolean): Promise<ServingPlan> {
    const { release, ...plan } = await this.#make(isIsolated, false);
    this.#scope.defer(() => release?.());
    return plan;
  }

  async #make(isIsolated: boolean, isModelWritable: boolean): Promise<ServingPlan> {
    const { emulator, observer, signal } = this.#examination;
    this.#spec ??= this.#specify();
    const { requests, setting, hasModel } = await this.#spec;
    const model = { ...only(requests.models, 'check'), ...(isIsolated && { EnableNetworkIsolation: true }) };
    const config = only(requests.endpointConfigs, 'check');
    const endpoint = only(requests.endpoints, 'check').EndpointName ?? '';
    const parts = {
      ...{ endpoint, config, models: new Map([[model.ModelName ?? '', model]]) },
      setting: { ...setting, isModelWritable },
      generation: randomBytes(6).toString('hex'),
      labels: { ...(await emulator.labels()), 'sm-local.kind': 'endpoint', 'sm-local.name': endpoint },
      grant: (asked: CreateModelInput) => this.#granted(endpoint, asked),
    };
    const { plan } = await prepareEndpoint(emulator, parts, observer, signal);
    const { template, limits } = only(plan.variants, 'check');
    return { container: template.container, port: template.port, limits, hasModel, release: async () => await plan.release?.() };
  }

  async #specify(): Promise<Specified> {
    const { request, emulator, image, observer, signal } = this.#examination;
    const { surroundings } = request;
    const trained = request.serve.model === undefined && request.serve.request === undefined ? await this.#trainedModel() : undefined;
    const given = { ...request.serve, name: 'check', ...(trained !== undefined && { model: trained }) };
    const values = valuesOf(serveOptions, given, surroundings.env);
    const spec = await servingSpec(image.id, values, surroundings, emulator);
    const onWarning = (message: string): void => observer.event({ event: 'warning', message });
    const code = await sourceCode(values, { cwd: surroundings.cwd, purpose: 'serving', onWarning }, signal);
    const container = spec.requests.models[0]?.PrimaryContainer;
    const hasModel = container?.ModelDataUrl !== undefined || container?.ModelDataSource !== undefined;
    return { requests: spec.requests, setting: { ...spec.setting, ...(code && { code }) }, hasModel };
  }

  /** Of all containers together. */
  async #granted(name: string, { ExecutionRoleArn: roleArn = '' }: CreateModelInput) {
    const { emulator, image, observer, signal } = this.#examination;
    this.#grant ??= grantEndpoint(emulator, { name, image: image.id, imageId: image.id, roleArn }, observer, signal).then((grant) =>
      this.#scope.use(grant),
    );
    return await this.#grant;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#scope[Symbol.asyncDispose]();
  }
}

interface Specified extends Pick<ServeSpec, 'requests' | 'setting'> {
  readonly hasModel: boolean;
}
