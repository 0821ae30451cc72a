import type { Readable } from 'node:stream';
import { fail, isError } from '../../errors.ts';
import type { BuildOptions, BuildSpec, EngineAddress, EnsureOptions, Image, Images, PullProgress } from '../engine.ts';
import { packContext } from './build-context.ts';
import { type Client, engineError, messageOf, removing, statusOf } from './client.ts';
import { readRecords } from './records.ts';

export const dockerImages = (client: Client, address: EngineAddress): Images => {
  const inspect = async (reference: string): Promise<Image | undefined> => {
    try {
      return toImage(await client.getImage(reference).inspect());
    } catch (error) {
      if (statusOf(error) === 404) return undefined;
      if (statusOf(error) === 400) throw fail('ImageNotFound', { image: reference, why: messageOf(error) }, error);
      throw engineError(error, `inspect the image ${reference}`, address);
    }
  };

  const pull = async (reference: string, { platform, onProgress, signal }: EnsureOptions): Promise<void> => {
    try {
      const options = { ...(platform && { platform }), ...(signal && { abortSignal: signal }) };
      const stream = (await client.pull(withTag(reference), options)) as unknown as Readable;
      for await (const record of readRecords(stream)) {
        if (record.error) throw fail('ImageNotFound', { image: reference, why: String(record.error) });
        onProgress?.(toProgress(record));
      }
    } catch (error) {
      signal?.throwIfAborted();
      if (isError(error)) throw error;
      if (statusOf(error) !== undefined) throw fail('ImageNotFound', { image: reference, why: messageOf(error) }, error);
      throw engineError(error, `pull ${reference}`, address);
    }
  };

  return {
    inspect,

    async ensure(reference, options = {}) {
      const local = await inspect(reference);
      if (local) return checked(local, reference, options.platform);
      await pull(reference, options);
      const pulled = await inspect(reference);
      if (!pulled) throw fail('ImageNotFound', { image: reference, why: 'it was pulled and is not there' });
      return checked(pulled, reference, options.platform);
    },

    async build(spec, options = {}) {
      await build(client, address, spec, options);
      const image = await inspect(spec.tag);
      if (!image) throw buildFailed(spec, 'the builder ended without an image', []);
      return image;
    },

    remove: (reference) => removing(`remove the image ${reference}`, address, () => client.getImage(reference).remove()),
  };
};

async function build(client: Client, address: EngineAddress, spec: BuildSpec, { onLine, signal }: BuildOptions): Promise<void> {
  const context = await packContext(spec.directory, spec.dockerfile ?? 'Dockerfile');
  const last: string[] = [];
  const say = (line: string): void => {
    last.push(line);
    if (last.length > 20) last.shift();
    onLine?.(line);
  };
  try {
    const stream = (await client.buildImage(context, {
      t: spec.tag,
      dockerfile: spec.dockerfile ?? 'Dockerfile',
      rm: true,
      forcerm: true,
      ...(spec.buildArguments && { buildargs: { ...spec.buildArguments } }),
      ...(spec.target && { target: spec.target }),
      ...(spec.platform && { platform: spec.platform }),
      ...(spec.labels && { labels: { ...spec.labels } }),
      ...(signal && { abortSignal: signal }),
    })) as unknown as Readable;
    // Aborting the request alone leaves the response half read; destroying it makes the engine give up the build.
    const stop = (): void => void stream.destroy(new Error('The build was interrupted.'));
    signal?.addEventListener('abort', stop, { once: true });
    try {
      for await (const record of readRecords(stream)) {
        if (record.error) throw buildFailed(spec, String(record.error), last);
        for (const line of String(record.stream ?? record.status ?? '').split('\n')) if (line.trim()) say(line.trimEnd());
      }
    } finally {
      signal?.removeEventListener('abort', stop);
    }
  } catch (error) {
    signal?.throwIfAborted();
    if (statusOf(error) !== undefined) throw buildFailed(spec, messageOf(error), last);
    throw engineError(error, `build ${spec.directory}`, address);
  }
}

function buildFailed(spec: BuildSpec, message: string, last: readonly string[]): Error {
  const base = /no such host|dial tcp|registry|pull access denied|manifest unknown|i\/o timeout|connection refused/.test(message);
  const remedy = base
    ? "The base image could not be pulled. Check the network and the registry's name, or, where the Dockerfile takes its base from an argument, name an image you have: --build-arg BASE_IMAGE=<image>"
    : `The step that failed is the last one above.${last.length > 0 ? '' : ' Run with the Dockerfile open beside you.'}`;
  return fail('BuildFailed', { directory: spec.directory, message: message.trim(), remedy });
}

/** Without a tag the engine would pull every tag of the repository. */
function withTag(reference: string): string {
  if (reference.includes('@')) return reference;
  return /:[^/]+$/.test(reference) ? reference : `${reference}:latest`;
}

function checked(image: Image, reference: string, wanted: string | undefined): Image {
  const platform = `${image.os}/${image.architecture}`;
  if (wanted && !wanted.startsWith(platform)) throw fail('WrongPlatform', { image: reference, platform, wanted });
  return image;
}

function toProgress(record: Record<string, unknown>): PullProgress {
  const detail = (record.progressDetail ?? {}) as { current?: number; total?: number };
  return {
    layer: String(record.id ?? ''),
    status: String(record.status ?? ''),
    ...(detail.current !== undefined && { done: detail.current }),
    ...(detail.total !== undefined && { total: detail.total }),
  };
}

type Inspected = Awaited<ReturnType<ReturnType<Client['getImage']>['inspect']>>;

function toImage(found: Inspected): Image {
  const config = found.Config;
  const entrypoint = config?.Entrypoint;
  return {
    id: found.Id,
    tags: found.RepoTags ?? [],
    os: found.Os,
    architecture: found.Architecture,
    size: found.Size,
    entrypoint: typeof entrypoint === 'string' ? [entrypoint] : (entrypoint ?? undefined),
    command: config?.Cmd ?? undefined,
    environment: Object.fromEntries((config?.Env ?? []).map(splitVariable)),
    user: config?.User ?? '',
    workingDirectory: config?.WorkingDir ?? '',
    labels: config?.Labels ?? {},
  };
}

function splitVariable(text: string): [name: string, value: string] {
  const at = text.indexOf('=');
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}
