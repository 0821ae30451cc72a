import type { IncomingMessage } from 'node:http';
import { signatureOf } from './caller.ts';

/** AWS's services that are answered here, by the names of their signatures. */
export const services = ['sagemaker', 'logs', 's3', 'sts', 'iam', 'ecr', 'monitoring'] as const;
export type ServiceName = (typeof services)[number];

export type Route =
  | { readonly kind: 'service'; readonly service: ServiceName }
  /** One of AWS's that is not served: its name as people know it. */
  | { readonly kind: 'other'; readonly service: string; readonly isJson: boolean };

/** What stands before the dot of `X-Amz-Target`. */
const targets: Readonly<Record<string, ServiceName>> = {
  SageMaker: 'sagemaker',
  Logs_20140328: 'logs',
  AmazonEC2ContainerRegistry_V20150921: 'ecr',
  GraniteServiceVersion20100801: 'monitoring',
};

/** Those whose clients meet this address too, since `AWS_ENDPOINT_URL` moves all services at once. */
const otherTargets: Readonly<Record<string, string>> = {
  AnyScaleFrontendService: 'Application Auto Scaling',
  AWS242ServiceCatalogService: 'Service Catalog',
  TrentService: 'KMS',
  secretsmanager: 'Secrets Manager',
  AmazonSSM: 'Systems Manager',
  DynamoDB_20120810: 'DynamoDB',
  AWSEvents: 'EventBridge',
  AWSStepFunctions: 'Step Functions',
};

/** Services of the query protocol, whose version tells them where no signature does. */
const versions: Readonly<Record<string, ServiceName>> = { '2011-06-15': 'sts', '2010-05-08': 'iam', '2010-08-01': 'monitoring' };

const isService = (name: string | undefined): name is ServiceName => services.some((service) => service === name);

/**
 * Which service a request is for. `version`: that of a form in its body, where it has one. In this order: the target, the path of Smithy's
 * RPC protocol, the signature, the form; what is left is S3's, whose addresses are everybody's. Source: contract control-plane §3.
 */
export function routeOf(request: Pick<IncomingMessage, 'headers' | 'url'>): Route {
  const target = request.headers['x-amz-target'];
  if (typeof target === 'string') return routeOfTarget(target.split('.')[0] ?? '');
  const { url = '' } = request;
  const [, rpc] = /^\/service\/([^/]+)\/operation\/[^/]+$/.exec(url.split('?')[0] ?? '') ?? [];
  if (rpc !== undefined) return routeOfTarget(rpc);
  const service = signatureOf(request)?.service;
  if (isService(service)) return { kind: 'service', service };
  if (service !== undefined) return { kind: 'other', service, isJson: false };
  const [, version] = /[?&]Version=([\d-]+)/.exec(url) ?? [];
  const ofForm = version === undefined ? undefined : versions[version];
  if (ofForm) return { kind: 'service', service: ofForm };
  if (isForm(request)) return { kind: 'service', service: 'sts' }; // the only query service that is asked without a signature (AssumeRoleWith…)
  return { kind: 'service', service: 's3' };
}

const isForm = ({ headers }: Pick<IncomingMessage, 'headers'>): boolean =>
  headers['content-type']?.startsWith('application/x-www-form-urlencoded') === true;

function routeOfTarget(prefix: string): Route {
  const service = Object.hasOwn(targets, prefix) ? targets[prefix] : undefined;
  if (service) return { kind: 'service', service };
  const other = Object.hasOwn(otherTargets, prefix) ? otherTargets[prefix] : undefined;
  return { kind: 'other', service: other ?? prefix, isJson: true };
}
