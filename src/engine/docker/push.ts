import type { Readable } from 'node:stream';
import { fail, isError } from '../../errors.ts';
import type { EngineAddress, Image, Pushed, PushOptions } from '../engine.ts';
import { parseReference } from '../reference.ts';
import { type Client, engineError, messageOf, removing, statusOf } from './client.ts';
import { helperTrouble } from './pull.ts';
import { pushFailure } from './push-failure.ts';
import { pushProgress } from './push-progress.ts';
import { pushRetries } from './push-retries.ts';
import { readRecords } from './records.ts';
import { type CredentialSource, header, type Login, loginFor } from './registry-credentials.ts';

export interface PushTools {
  readonly client: Client;
  readonly address: EngineAddress;
  readonly credentials: CredentialSource;
  readonly inspect: (reference: string) => Promise<Image | undefined>;
}

/** Has the engine push an image. Errors: those of `Images.push`; the signal's reason. */
export async function pushImage(tools: PushTools, image: string, to: string, options: PushOptions = {}): Promise<Pushed> {
  const target = parseReference(to);
  if ('invalid' in target) throw fail('PushFailed', { image: to, why: target.invalid });
  const found = await tools.inspect(image);
  if (!found) throw fail('ImageMissing', { image });
  const { onWarning, signal } = options;
  let trouble: string | undefined;
  const onTrouble = (why: string): void => {
    trouble = why;
    onWarning?.(helperTrouble(why, target.registry));
  };
  const login = await loginOf(options, target.registry, () => loginFor(target.registry, tools.credentials, { signal, onTrouble }));
  const context = { address: to, target, login: login && nameOf(login), trouble };
  await using _ = await named(tools, found, to);
  try {
    const [repository, tag] = [to.slice(0, to.lastIndexOf(':')), target.tag ?? 'latest'];
    // Without the header the engine would look for credentials in the body.
    const asked = { tag, authconfig: header(login ?? {}), ...(signal && { abortSignal: signal }) };
    const stream = (await tools.client.getImage(repository).push(asked as never)) as unknown as Readable;
    const progress = pushProgress();
    const retries = pushRetries();
    let digest: string | undefined;
    for await (const record of readRecords(stream)) {
      if (record.error) throw pushFailure(String(record.error), context);
      const sum = progress(record);
      if (sum) options.onProgress?.(sum);
      const retry = retries(record);
      if (retry) options.onRetry?.(retry);
      digest ??= digestIn(record);
    }
    if (digest === undefined) throw fail('PushFailed', { image: to, why: 'the engine does not say under which digest' });
    return { digest, reference: `${repository}@${digest}` };
  } catch (error) {
    signal?.throwIfAborted();
    if (isError(error)) throw error;
    if (statusOf(error) !== undefined) throw pushFailure(messageOf(error), context, error);
    throw engineError(error, `push ${to}`, tools.address);
  }
}

async function loginOf({ login }: PushOptions, registry: string, find: () => Promise<Login | undefined>): Promise<Login | undefined> {
  return login ? { ...login, serveraddress: registry } : await find();
}

const nameOf = ({ username }: Login): string => (username ? `user ${username}` : 'a token');

/** `{"aux": {"Tag": …, "Digest": …, "Size": …}}`; podman says it in the line for people alone. */
function digestIn({ aux, status }: Readonly<Record<string, unknown>>): string | undefined {
  const { Digest } = (aux ?? {}) as { readonly Digest?: unknown };
  if (typeof Digest === 'string') return Digest;
  return typeof status === 'string' ? /digest: (sha256:[0-9a-f]{64})/.exec(status)?.[1] : undefined;
}

/**
 * Gives an image the name it is pushed under. Afterwards the name is again what it was before: nobody's, or another image's. An image that would
 * have no name at all keeps it: without one it would go.
 */
async function named({ client, address, inspect }: PushTools, image: Image, name: string): Promise<AsyncDisposable> {
  const before = await inspect(name);
  if (before?.id === image.id) return { async [Symbol.asyncDispose]() {} };
  const known = await digestsOf(client, address, image.id);
  await give(client, address, image.id, name);
  const repository = name.slice(0, name.lastIndexOf(':'));
  return {
    async [Symbol.asyncDispose]() {
      if (before) {
        await give(client, address, before.id, name);
        if (image.tags.length === 0) return; // without any reference it would go
        const added = (await digestsOf(client, address, image.id)).filter(
          (each) => !known.includes(each) && each.startsWith(`${repository}@`),
        );
        for (const each of added) await removing(`remove the name ${each}`, address, () => client.getImage(each).remove());
      } else if (image.tags.length > 0) await removing(`remove the name ${name}`, address, () => client.getImage(name).remove());
    },
  };
}

/** The addresses with digests that an image has got from registries. */
async function digestsOf(client: Client, address: EngineAddress, id: string): Promise<readonly string[]> {
  try {
    return (await client.getImage(id).inspect()).RepoDigests ?? [];
  } catch (error) {
    throw engineError(error, `inspect the image ${id}`, address);
  }
}

async function give(client: Client, address: EngineAddress, id: string, name: string): Promise<void> {
  const at = name.lastIndexOf(':');
  try {
    await client.getImage(id).tag({ repo: name.slice(0, at), tag: name.slice(at + 1) });
  } catch (error) {
    throw engineError(error, `name an image ${name}`, address);
  }
}
