import type { Readable } from 'node:stream';
import { fail, isError } from '../../errors.ts';
import type { EngineAddress, EnsureOptions } from '../engine.ts';
import { parseReference } from '../reference.ts';
import { type Client, engineError, messageOf, statusOf } from './client.ts';
import { pullFailure } from './pull-failure.ts';
import { pullProgress } from './pull-progress.ts';
import { readRecords } from './records.ts';
import { type CredentialSource, header, loginFor } from './registry-credentials.ts';

/** Has the engine pull an image, with the credentials there are for its registry. Errors: those of `Images.ensure`; the signal's reason. */
export async function pullImage(
  client: Client,
  address: EngineAddress,
  credentials: CredentialSource,
  image: string,
  { platform, onProgress, onWarning, signal }: EnsureOptions,
): Promise<void> {
  const reference = parseReference(image);
  if ('invalid' in reference) throw fail('ImageNotFound', { image, why: reference.invalid });
  onProgress?.({ image, stage: 'download', done: 0 });
  let trouble: string | undefined;
  const onTrouble = (why: string): void => {
    trouble = why;
    onWarning?.(helperTrouble(why, reference.registry));
  };
  const login = await loginFor(reference.registry, credentials, { signal, onTrouble });
  const context = { image, platform, hadLogin: login !== undefined, trouble };
  const isWhole = reference.tag !== undefined || reference.digest !== undefined;
  try {
    // Without a tag the engine would pull every tag of the repository.
    const stream = (await client.pull(isWhole ? image : `${image}:latest`, {
      ...(platform && { platform }),
      ...(login && { authconfig: header(login) }),
      ...(signal && { abortSignal: signal }),
    })) as unknown as Readable;
    const progress = pullProgress(image);
    for await (const record of readRecords(stream)) {
      if (record.error) throw pullFailure(String(record.error), context);
      const sum = progress(record);
      if (sum) onProgress?.(sum);
    }
  } catch (error) {
    signal?.throwIfAborted();
    if (isError(error)) throw error;
    if (statusOf(error) !== undefined) throw pullFailure(messageOf(error), context, error);
    throw engineError(error, `pull ${image}`, address);
  }
}

/** For people: what became of the question for credentials. */
export const helperTrouble = (why: string, registry: string): string =>
  `The registry ${registry} is asked without credentials, because they could not be had: ${why}.`;
