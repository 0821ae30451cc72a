import type { Account } from '../contract/names.ts';

/** What leads a client of the AWS SDK for JavaScript here: `new SageMakerRuntimeClient(endpoint.clientConfig)`. */
export interface ClientConfig {
  /** `http://127.0.0.1:4570` */
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

/** Keys that are good for nothing elsewhere; the account is among them. Source: contract control-plane §3. */
export const clientConfig = (endpoint: string, { account, region }: Account): ClientConfig => ({
  endpoint,
  region,
  credentials: { accessKeyId: account, secretAccessKey: 'sm-local' },
});
