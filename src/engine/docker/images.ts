import { posix } from 'node:path';
import type { Readable } from 'node:stream';
import { fail, isError } from '../../errors.ts';
import type { BuildOptions, BuildSpec, EngineAddress, EnsureOptions, Image, Images, PullProgress } from '../engine.ts';
import { isForPlatform } from '../platform.ts';
import { contextUnreadable, packContext } from './build-context.ts';
import { type Client, engineError, messageOf, removing, statusOf } from './client.ts';
import { readRecords } from './records.ts';
import { listImages, removeUnusedImage } from './unused-images.ts';

export const dockerImages = (client: Client, address: EngineAddress): Images => {
  const inspect = async (reference: string): Promise<Image | undefined> => {
    if (!mayBeReference(reference)) return undefined;
    try {
      return toImage(await client.getImage(reference).inspect());
    } catch (error) {
      if (statusOf(error) === 404 || statusOf(error) === 400) return undefined; // 400: no image can have this name
      throw engineError(error, `inspect the image ${reference}`, address);
    }
  };

  const pull = async (reference: string, { platform, onProgress, signal }: EnsureOptions): Promise<void> => {
    if (!mayBeReference(reference)) throw fail('ImageNotFound', { image: reference, why: 'invalid reference format' });
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

    list: (labels) => listImages(client, address, labels),

    removeUnused: (reference) => removeUnusedImage(client, address, reference),

    async remove(reference) {
      if (mayBeReference(reference)) await removing(`remove the image ${reference}`, address, () => client.getImage(reference).remove());
    },
  };
};

async function build(client: Client, address: EngineAddress, spec: BuildSpec, { onLine, signal }: BuildOptions): Promise<void> {
  const dockerfile = posix.normalize(spec.dockerfile ?? 'Dockerfile');
  const context = await packContext(spec.directory, dockerfile);
  let unreadable: Error | undefined;
  context.once('error', (error) => {
    unreadable = contextUnreadable(spec.directory, error);
  });
  const step = stepLines();
  try {
    const stream = (await client.buildImage(context, {
      t: spec.tag,
      dockerfile,
      rm: true,
      forcerm: true,
      ...(spec.buildArguments && { buildargs: { ...spec.buildArguments } }),
      ...(spec.target && { target: spec.target }),
      ...(spec.platform && { platform: spec.platform }),
      ...(spec.labels && { labels: { ...spec.labels } }),
      ...(signal && { abortSignal: signal }),
    })) as unknown as Readable;
    for await (const record of readRecords(stream)) {
      if (record.error) throw buildFailed(spec, String(record.error), step.last());
      for (const line of step.add(withoutColour(String(record.stream ?? record.status ?? '')))) onLine?.(line);
    }
  } catch (error) {
    signal?.throwIfAborted();
    if (unreadable) throw unreadable;
    if (statusOf(error) !== undefined) throw buildFailed(spec, messageOf(error), step.last());
    throw engineError(error, `build ${spec.directory}`, address);
  } finally {
    context.destroy(); // an engine that gave up leaves it half read
  }
}

/** The builder paints what a command prints on stderr red. */
const withoutColour = (text: string): string => text.replaceAll('\u001B[91m', '').replaceAll('\u001B[0m', '');

/** The lines of the step that the builder is at; it prints its own text and the commands' output alike, in pieces of any size. */
function stepLines() {
  let rest = '';
  let step: string[] = [];
  return {
    /** The lines that became whole. */
    add(text: string): string[] {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      const whole = lines.map((line) => line.trimEnd()).filter((line) => line !== '');
      for (const line of whole) step = /^Step \d+\/\d+ : /.test(line) ? [line] : [...step.slice(0, 1), ...step.slice(1).slice(-19), line];
      return whole;
    },
    last: (): string[] => [...step, rest].filter((line) => line !== '' && !/^ ?---> |^Removing intermediate container/.test(line)),
  };
}

function buildFailed(spec: BuildSpec, message: string, lines: readonly string[]): Error {
  const remedy = isBaseMissing(message)
    ? "The base image could not be pulled. Check the network and the registry's name, or, where the Dockerfile takes its base from an argument, name an image you have: --build-arg BASE_IMAGE=<image>"
    : 'Correct the step that failed and try again.';
  const text = [message.trim(), ...lines.map((line) => `  ${line}`)].join('\n');
  return fail('BuildFailed', { directory: spec.directory, message: text, remedy });
}

/** Not the failure of a command of a RUN step, which may well have talked to some registry of its own. */
const isBaseMissing = (message: string): boolean =>
  !/^The command /.test(message) &&
  /no such host|dial tcp|registry|pull access denied|manifest|i\/o timeout|connection refused|toomanyrequests/.test(message);

/** Whether a reference holds only what one can hold; a client would send anything else to some other address of the engine. */
const mayBeReference = (text: string): boolean => /^\w[\w.:/@-]*$/.test(text) && !text.includes('..');

/** Without a tag the engine would pull every tag of the repository. */
function withTag(reference: string): string {
  if (reference.includes('@')) return reference;
  return /:[^/]+$/.test(reference) ? reference : `${reference}:latest`;
}

function checked(image: Image, reference: string, wanted: string | undefined): Image {
  const platform = `${image.os}/${image.architecture}`;
  if (wanted && !isForPlatform(image, wanted)) throw fail('WrongPlatform', { image: reference, platform, wanted });
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
