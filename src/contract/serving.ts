/** What SageMaker promises a container that serves: one container per instance. Pure; sources are the guide's pages on custom hosting. */

/** The parts of a ContainerDefinition and its place that shape the container. */
export interface ServingContainer {
  /** `ContainerDefinition.Environment`. */
  readonly environment: Readonly<Record<string, string>>;
  readonly region: string;
  /** `EnableNetworkIsolation`: no way out and no credentials. */
  readonly isNetworkIsolated: boolean;
  /** Variables by which an AWS client inside finds credentials, and whom to ask where that is not AWS; withheld from an isolated container. */
  readonly credentials?: Readonly<Record<string, string>>;
}

/** `docker run IMAGE serve`: replaces CMD, keeps ENTRYPOINT. Source: "Custom Inference Code with Hosting Services". */
export const servingCommand: readonly string[] = ['serve'];

/**
 * Whether the entrypoint is an init that gets in the way of `train` and `serve`: the guide names tini, the page on batch transform init.
 * Source: "Custom Inference Code with Hosting Services".
 */
export const isUnusableInit = (entrypoint: readonly string[] | undefined): boolean =>
  /^(tini(-static)?|docker-init|init)$/.test(entrypoint?.[0]?.split('/').at(-1) ?? '');

/** Where the server must listen. Source: "Custom Inference Code with Hosting Services". */
export const servingPort = 8080;

/** Seen in single-container endpoints of 2024 (huggingface/text-embeddings-inference issue 433). */
export const servingHostname = 'container-0.local';

/** How error texts call the only container of a model. Source: users' reports of ModelError. */
export const servingContainerName = 'primary';

/** Filled before the start; the container may only read it. Source: "Custom Inference Code with Hosting Services". */
export const servingModelDirectory = '/opt/ml/model';

/** Below the model: where the SageMaker Python SDK puts source code. Source: SageMaker Python SDK v2, `utils._create_or_update_code_dir`. */
export const servingCodeDirectory = 'code';

/** Where an AdditionalModelDataSource of this channel lies. Source: the SageMaker Python SDK passes this path to servers (`SPECULATIVE_DRAFT_MODEL`). */
export const additionalModelDirectory = (channel: string): string => `/opt/ml/additional-model-data-sources/${channel}`;

/**
 * The platform's variables and the user's own; nothing of the host. The user may choose another region for clients inside, but not another
 * port than the one that is pinged. Source: contract hosting §3 (the port range is seen in one-container endpoints too).
 */
export function servingEnvironment(container: ServingContainer): Readonly<Record<string, string>> {
  return {
    AWS_REGION: container.region,
    AWS_DEFAULT_REGION: container.region,
    ...(!container.isNetworkIsolated && container.credentials),
    ...container.environment,
    SAGEMAKER_BIND_TO_PORT: String(servingPort),
    SAGEMAKER_SAFE_PORT_RANGE: '23000-23999',
  };
}

/** Labels that an image must carry (`=true`) for more than one model behind one container. Source: API pages of multi-container models. */
export const servingCapabilities = {
  acceptBindToPort: 'com.amazonaws.sagemaker.capabilities.accept-bind-to-port',
  multiModels: 'com.amazonaws.sagemaker.capabilities.multi-models',
  bidirectionalStreaming: 'com.amazonaws.sagemaker.capabilities.bidirectional-streaming',
} as const;

/** Header names in any case, with values: `[name, value, name, value, …]`. */
export type RawHeaders = readonly (string | Buffer)[];

/** How the platform calls itself. Seen in the access logs of endpoints. */
export const platformUserAgent = 'AHC/2.0';

/**
 * Client header (lower case) -> the header the container receives. Everything else is dropped: credentials, cookies, whatever routes.
 * Source: API page of InvokeEndpoint; contract hosting §5.2.
 */
export const invocationHeadersIn: ReadonlyMap<string, string> = new Map([
  ['content-type', 'Content-Type'],
  ['accept', 'Accept'],
  ['x-amzn-sagemaker-custom-attributes', 'X-Amzn-SageMaker-Custom-Attributes'],
  ['x-amzn-sagemaker-target-model', 'X-Amzn-SageMaker-Target-Model'],
  ['x-amzn-sagemaker-session-id', 'X-Amzn-SageMaker-Session-Id'],
  ['x-amzn-sagemaker-inference-id', 'X-Amzn-SageMaker-Inference-Id'],
]);

/**
 * The same for InvokeEndpointWithResponseStream, whose client accepts an event stream itself and says by another header what the container
 * is to answer with. It knows no target model.
 */
export const streamHeadersIn: ReadonlyMap<string, string> = new Map([
  ['content-type', 'Content-Type'],
  ['x-amzn-sagemaker-accept', 'Accept'],
  ['x-amzn-sagemaker-custom-attributes', 'X-Amzn-SageMaker-Custom-Attributes'],
  ['x-amzn-sagemaker-session-id', 'X-Amzn-SageMaker-Session-Id'],
  ['x-amzn-sagemaker-inference-id', 'X-Amzn-SageMaker-Inference-Id'],
]);

/**
 * Container header (lower case) -> the header the client receives; everything else is dropped. A container opens a session by either of two
 * names: the guide says one, AWS's own serving package sends the other. Source: contract hosting §5.2, §12.5.
 */
export const invocationHeadersOut: ReadonlyMap<string, string> = new Map([
  ['content-type', 'Content-Type'],
  ['x-amzn-sagemaker-custom-attributes', 'X-Amzn-SageMaker-Custom-Attributes'],
  ['x-amzn-sagemaker-session-id', 'X-Amzn-SageMaker-New-Session-Id'],
  ['x-amzn-sagemaker-new-session-id', 'X-Amzn-SageMaker-New-Session-Id'],
  ['x-amzn-sagemaker-closed-session-id', 'X-Amzn-SageMaker-Closed-Session-Id'],
]);

/** The same for InvokeEndpointWithResponseStream: the content type of the whole is the event stream's. Source: contract runtime-api §4. */
export const streamHeadersOut: ReadonlyMap<string, string> = new Map([
  ['content-type', 'X-Amzn-SageMaker-Content-Type'],
  ['x-amzn-sagemaker-custom-attributes', 'X-Amzn-SageMaker-Custom-Attributes'],
]);

/** Names the variant that answered. Source: API page of InvokeEndpoint. */
export const invokedVariantHeader = 'x-Amzn-Invoked-Production-Variant';

/** The headers that `rules` let through, under their new names, in their order. */
export function passHeaders(raw: RawHeaders, rules: ReadonlyMap<string, string>): string[] {
  const passed: string[] = [];
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const name = rules.get(textOf(raw[index]).toLowerCase());
    if (name !== undefined) passed.push(name, textOf(raw[index + 1]));
  }
  return passed;
}

/** The value of the first header of this lower-case name. */
export function headerValue(raw: RawHeaders, name: string): string | undefined {
  for (let index = 0; index + 1 < raw.length; index += 2) if (textOf(raw[index]).toLowerCase() === name) return textOf(raw[index + 1]);
  return undefined;
}

/** Headers that belong to one connection, not to the message. Source: RFC 9110 §7.6.1. */
const connectionHeaders = new Set(['connection', 'keep-alive', 'proxy-connection', 'te', 'trailer', 'transfer-encoding', 'upgrade']);

/** All but the headers of the connection itself: what a proxy that changes nothing passes on. */
export function endToEndHeaders(raw: RawHeaders): string[] {
  const passed: string[] = [];
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const name = textOf(raw[index]);
    if (!connectionHeaders.has(name.toLowerCase())) passed.push(name, textOf(raw[index + 1]));
  }
  return passed;
}

/** Header bytes are Latin-1 on the wire. */
const textOf = (value: string | Buffer | undefined): string => (typeof value === 'string' ? value : (value?.toString('latin1') ?? ''));
