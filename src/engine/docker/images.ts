import { fail } from '../../errors.ts';
import type { EngineAddress, EngineDescription, Image, Images } from '../engine.ts';
import { buildImage } from './build.ts';
import { buildFailed } from './build-failure.ts';
import { type Client, engineError, removing, statusOf } from './client.ts';
import { pullImage } from './pull.ts';
import { pushImage } from './push.ts';
import type { CredentialSource } from './registry-credentials.ts';
import { saveImage } from './save.ts';
import { listImages, removeUnusedImage } from './unused-images.ts';

export const dockerImages = (
  client: Client,
  address: EngineAddress,
  credentials: CredentialSource,
  describe: () => Promise<EngineDescription>,
): Images => {
  const inspect = async (reference: string): Promise<Image | undefined> => {
    if (!mayBeReference(reference)) return undefined;
    try {
      return toImage(await client.getImage(reference).inspect());
    } catch (error) {
      if (statusOf(error) === 404 || statusOf(error) === 400) return undefined; // 400: no image can have this name
      throw engineError(error, `inspect the image ${reference}`, address);
    }
  };

  return {
    inspect,

    async ensure(reference, options = {}) {
      const local = await inspect(reference);
      if (local) return local;
      await pullImage(client, address, credentials, reference, options);
      const pulled = await inspect(reference);
      if (!pulled) throw fail('PullFailed', { image: reference, why: 'it was pulled and is not there' });
      return pulled;
    },

    async build(spec, options = {}) {
      await buildImage(client, address, credentials, spec, { ...options, inspect, describe });
      const image = await inspect(spec.tag);
      if (!image) throw buildFailed(spec, 'the builder ended without an image', { file: spec.dockerfile ?? 'Dockerfile' });
      return image;
    },

    save: (reference, signal) => saveImage(client, address, reference, signal),

    push: (reference, to, options) => pushImage({ client, address, credentials, inspect }, reference, to, options),

    list: (labels) => listImages(client, address, labels),

    removeUnused: (reference) => removeUnusedImage(client, address, reference),

    async remove(reference) {
      if (mayBeReference(reference)) await removing(`remove the image ${reference}`, address, () => client.getImage(reference).remove());
    },
  };
};

/** Whether a reference holds only what one can hold; a client would send anything else to some other address of the engine, or be sent there by it. */
const mayBeReference = (text: string): boolean =>
  /^\w[\w.:/@-]*$/.test(text) && !text.includes('..') && text.split('/').every((part) => part !== '' && part !== '.');

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
    triggers: config?.OnBuild ?? [],
  };
}

function splitVariable(text: string): [name: string, value: string] {
  const at = text.indexOf('=');
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}
