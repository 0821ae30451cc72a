/**
 * How code inside a container reaches the AWS-compatible API of this machine. The cloud gives no such variable: there, AWS's clients find
 * AWS by the region alone. Pure.
 */

/** Where containers reach the API. */
export interface Callback {
  /** `http://172.17.0.1:4570` */
  readonly url: string;
  /** The name or the address in it. */
  readonly host: string;
  /** Where the containers reach an S3 elsewhere that holds the objects. */
  readonly s3Url?: string;
}

/** What AWS's clients send their requests to, all services' alike. Source: AWS SDKs and Tools Reference Guide, "Service-specific endpoints". */
export const endpointVariable = 'AWS_ENDPOINT_URL';

/**
 * The variable for a container; none for one that is isolated, and none where its image or the user has an opinion on endpoints already, be it
 * of one service (`AWS_ENDPOINT_URL_S3`): the two would mix.
 */
export function callbackVariables(callback: Callback | undefined, { isolated, given }: CallbackReader): Readonly<Record<string, string>> {
  const hasOwn = Object.keys(given).some((name) => name === endpointVariable || name.startsWith(`${endpointVariable}_`));
  if (!callback || isolated || hasOwn) return {};
  return { [endpointVariable]: callback.url, ...(callback.s3Url !== undefined && { [`${endpointVariable}_S3`]: callback.s3Url }) };
}

export interface CallbackReader {
  readonly isolated: boolean;
  /** The variables of the image and of the request. */
  readonly given: Readonly<Record<string, string>>;
}

/** The address of an S3 as containers reach it: one on this machine's loopback is behind the name by which they know the machine. */
export function addressForContainers(url: string, host: string): string {
  const address = new URL(url);
  if (/^(localhost|127(\.\d+){3}|\[::1\])$/.test(address.hostname)) address.hostname = host;
  return address.href.replace(/\/$/, '');
}
