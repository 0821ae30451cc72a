import { once } from 'node:events';
import { fail, reasonOf } from './errors.ts';
import { withoutAdvice } from './sdk-advice.ts';

export interface EcrRegistry {
  readonly registry: string;
  readonly region: string;
  readonly profile?: string;
}

/**
 * A token of ECR for whoever the AWS SDK finds, which is loaded for this alone. Its own settings count, such as AWS_ENDPOINT_URL_ECR. Errors:
 * EcrClientMissing, EcrLoginFailed; the signal's reason.
 */
export async function ecrLogin(
  { registry, region, profile }: EcrRegistry,
  signal: AbortSignal,
): Promise<{ readonly username: string; readonly password: string }> {
  const { ECRClient, GetAuthorizationTokenCommand } = await import('@aws-sdk/client-ecr').catch((error: unknown) => {
    throw fail('EcrClientMissing', { why: reasonOf(error) }, error);
  });
  const limit = AbortSignal.timeout(patience);
  const stop = AbortSignal.any([signal, limit]);
  stop.throwIfAborted();
  const client = withoutAdvice(() => new ECRClient({ region, ...(profile !== undefined && { profile }) }));
  try {
    const { authorizationData = [] } = await unlessAborted(client.send(new GetAuthorizationTokenCommand({}), { abortSignal: stop }), stop);
    const [username, ...rest] = Buffer.from(authorizationData[0]?.authorizationToken ?? '', 'base64')
      .toString()
      .split(':');
    if (!username || rest.length === 0) throw new Error('its answer holds no token');
    return { username, password: rest.join(':') };
  } catch (error) {
    signal.throwIfAborted();
    throw fail(
      'EcrLoginFailed',
      { registry, why: limit.aborted ? `there was no answer within ${patience / 1000} s` : reasonOf(error) },
      error,
    );
  } finally {
    client.destroy();
  }
}

/** Milliseconds. The client itself would wait for minutes. */
const patience = 30_000;

/** The client heeds its signal while it asks ECR, and not while it finds out who asks: a program of the profile, or a metadata service. */
async function unlessAborted<T>(asked: Promise<T>, signal: AbortSignal): Promise<T> {
  const over = new AbortController();
  try {
    const aborted = once(signal, 'abort', { signal: over.signal }).then(() => Promise.reject(signal.reason));
    aborted.catch(() => {}); // when it was answered
    return await Promise.race([asked, aborted]);
  } finally {
    over.abort();
    asked.catch(() => {}); // whom nobody waits for any more
  }
}
