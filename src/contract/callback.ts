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
}

/** What AWS's clients send their requests to, all services' alike. Source: AWS SDKs and Tools Reference Guide, "Service-specific endpoints". */
export const endpointVariable = 'AWS_ENDPOINT_URL';

/**
 * The variable for a container; none for one that is isolated, and none where its image or the user has an opinion on endpoints already, be it
 * of one service (`AWS_ENDPOINT_URL_S3`): the two would mix.
 */
export function callbackVariables(callback: Callback | undefined, { isolated, given }: CallbackReader): Readonly<Record<string, string>> {
  const hasOwn = Object.keys(given).some((name) => name === endpointVariable || name.startsWith(`${endpointVariable}_`));
  return callback && !isolated && !hasOwn ? { [endpointVariable]: callback.url } : {};
}

export interface CallbackReader {
  readonly isolated: boolean;
  /** The variables of the image and of the request. */
  readonly given: Readonly<Record<string, string>>;
}
