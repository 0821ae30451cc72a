import { fail, reasonOf } from './errors.ts';
import { withoutAdvice } from './sdk-advice.ts';

export interface EcrRegistry {
  readonly registry: string;
  readonly region: string;
  readonly profile?: string;
}

/**
 * A token of ECR for whoever the AWS SDK finds, which is loaded for this alone. Its own settings count, such as AWS_ENDPOINT_URL_ECR. Errors:
 * EcrClientMissing, EcrLoginFailed.
 */
export async function ecrLogin({
  registry,
  region,
  profile,
}: EcrRegistry): Promise<{ readonly username: string; readonly password: string }> {
  const { ECRClient, GetAuthorizationTokenCommand } = await import('@aws-sdk/client-ecr').catch((error: unknown) => {
    throw fail('EcrClientMissing', { why: reasonOf(error) }, error);
  });
  const client = withoutAdvice(() => new ECRClient({ region, ...(profile !== undefined && { profile }) }));
  try {
    const { authorizationData = [] } = await client.send(new GetAuthorizationTokenCommand({}));
    const [username, ...rest] = Buffer.from(authorizationData[0]?.authorizationToken ?? '', 'base64')
      .toString()
      .split(':');
    if (!username || rest.length === 0) throw new Error('its answer holds no token');
    return { username, password: rest.join(':') };
  } catch (error) {
    throw fail('EcrLoginFailed', { registry, why: reasonOf(error) }, error);
  } finally {
    client.destroy();
  }
}
