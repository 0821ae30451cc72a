import { createHash } from 'node:crypto';
import { basename, resolve } from 'node:path';
import type { Engine } from '../engine/engine.ts';

/** A directory to build an image of, where that takes more than its path. */
export interface DockerfileContext {
  readonly context: string;
  /** Relative to the context; `Dockerfile` by default. */
  readonly dockerfile?: string;
  /** The stage to stop at. */
  readonly target?: string;
  /** `linux/amd64`, … */
  readonly platform?: string;
  readonly buildArgs?: Readonly<Record<string, string>>;
}

/** Builds it and returns its name: the same for the same context and settings. Errors: BuildFailed, InputUnreadable, trouble of the engine. */
export async function buildImage(engine: Engine, asked: DockerfileContext, signal?: AbortSignal): Promise<string> {
  const { context, buildArgs, ...rest } = asked;
  const directory = resolve(context);
  const tag = tagOf(directory, asked);
  const spec = { ...rest, directory, tag, ...(buildArgs && { buildArguments: buildArgs }), labels: { 'sm-local.kind': 'image' } };
  await engine.images.build(spec, signal ? { signal } : {});
  return tag;
}

/** A name of the kind that directories get, so that `sm-local clean --older-than` knows it. */
function tagOf(directory: string, asked: DockerfileContext): string {
  const name = basename(directory)
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '');
  const hash = createHash('sha256')
    .update(JSON.stringify({ ...asked, context: directory }))
    .digest('hex');
  return `sm-local/${name || 'image'}-${hash.slice(0, 12)}:latest`;
}

/** As testcontainers' own builder of images: `await SageMakerEndpointContainer.fromDockerfile('./iris').withBuildArgs({…}).build()`. */
export class SageMakerImageBuilder<C> {
  readonly #make: (context: DockerfileContext) => C;
  #context: DockerfileContext;

  constructor(context: DockerfileContext, make: (context: DockerfileContext) => C) {
    this.#context = context;
    this.#make = make;
  }

  withBuildArgs(buildArgs: Readonly<Record<string, string>>): this {
    return this.#with({ buildArgs: { ...this.#context.buildArgs, ...buildArgs } });
  }

  /** The stage to stop at. */
  withTarget(target: string): this {
    return this.#with({ target });
  }

  withPlatform(platform: string): this {
    return this.#with({ platform });
  }

  /** A container of the image. Errors: as `buildImage`; the signal's reason. */
  async build(signal?: AbortSignal): Promise<C> {
    signal?.throwIfAborted();
    const { openRuntime } = await import('./runtime.ts');
    await using runtime = await openRuntime();
    await buildImage(runtime.engine, this.#context, signal);
    return this.#make(this.#context);
  }

  #with(changes: Partial<DockerfileContext>): this {
    this.#context = { ...this.#context, ...changes };
    return this;
  }
}
