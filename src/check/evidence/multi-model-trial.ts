import type { CheckRequest, Payload } from '../request.ts';
import { type Call, isAccepted, type Reply } from './http-call.ts';
import type { ImageContent } from './image-content.ts';
import { usualPayloads } from './payloads.ts';
import type { ServingTrial } from './serving-trial.ts';
import type { ServingTrials } from './serving-trials.ts';

/** What the platform calls a model, which need not be what the caller of an endpoint calls it. */
export const modelName = 'b5f1c9d2e8a74c3f9a60d1e7c2b84f05';

/** One that is never loaded, though a path of that kind could be. */
export const unknownName = '0d9c3b7ae15f4826b7d0a3c9e6f1582b';

const urlOf = (name: string): string => `/opt/ml/models/${name}/model`;

/** Who is asked for containers, and what for. */
interface Served {
  readonly request: CheckRequest;
  readonly serving: ServingTrials;
  content(): Promise<ImageContent>;
}

/** A container that serves many models, and what came of the verbs, each once. */
export class MultiModelTrial {
  readonly #on: Served;
  #trial: Promise<ServingTrial> | undefined;
  #load: Promise<Reply> | undefined;

  constructor(on: Served) {
    this.#on = on;
  }

  /** The container, with no model loaded yet. Errors: as `ServingTrials.another`. */
  async container(): Promise<ServingTrial> {
    this.#trial ??= this.#start();
    return await this.#trial;
  }

  async #start(): Promise<ServingTrial> {
    this.#on.serving.examination.onTrial('serving many models');
    return await this.#on.serving.another({
      environment: { SAGEMAKER_MULTI_MODEL: 'true' },
      modelAt: [urlOf(modelName)],
    });
  }

  /** POST /models, for the first time. */
  load(): Promise<Reply> {
    this.#load ??= this.loadAgain();
    return this.#load;
  }

  async loadAgain(): Promise<Reply> {
    const body = Buffer.from(JSON.stringify({ model_name: modelName, url: urlOf(modelName) }));
    return await this.#call({ method: 'POST', path: '/models', headers: { 'Content-Type': 'application/json' }, body });
  }

  list = (): Promise<Reply> => this.#call({ path: '/models' });

  get = (name: string): Promise<Reply> => this.#call({ path: `/models/${name}` });

  unload = (name: string): Promise<Reply> => this.#call({ method: 'DELETE', path: `/models/${name}` });

  async invoke(name: string, { body, contentType, accept }: Payload): Promise<Reply> {
    const headers = {
      'Content-Type': contentType,
      ...(accept !== undefined && { Accept: accept }),
      'X-Amzn-SageMaker-Target-Model': 'model.tar.gz',
    };
    return await this.#call({ method: 'POST', path: `/models/${name}/invoke`, headers, body });
  }

  /** The user's sample, or the first of those that are made up which the model takes, and what all of them were answered with. */
  async sample(): Promise<readonly { readonly payload: Payload; readonly reply: Reply }[]> {
    const { payload: given } = this.#on.request;
    const attempts: { readonly payload: Payload; readonly reply: Reply }[] = [];
    for (const payload of given ? [given] : usualPayloads(await this.#on.content())) {
      const reply = await this.invoke(modelName, payload);
      attempts.push({ payload, reply });
      if (isAccepted(reply) || (await this.container()).ended) break;
    }
    return attempts;
  }

  /** Within the time that an invocation has, which is also how long the platform waits for a load before it tells the client to come again. */
  async #call(call: Omit<Call, 'timeout'>): Promise<Reply> {
    const trial = await this.container();
    return await trial.call({ ...call, timeout: trial.plan.limits.invocation });
  }
}
