import type { CaptureContentTypeHeader, CaptureStatus, DataCaptureConfig, DataCaptureConfigSummary } from '@aws-sdk/client-sagemaker';

/**
 * What SageMaker writes down of an endpoint's invocations. Pure. Sources: Developer Guide, "Capture data from real-time endpoint"; API
 * Reference, DataCaptureConfig; contract hosting §15.
 */

/** How a body stands in a line: as it is, for types that the configuration names; else in base64. */
export type CaptureEncoding = 'CSV' | 'JSON' | 'BASE64';

/** One side of a captured invocation, save its data. */
export interface CapturedSide {
  /** The Content-Type header with its parameters. */
  readonly observedContentType: string;
  readonly encoding: CaptureEncoding;
}

/** A captured invocation, save its data. A side that is not captured is absent, and so is whatever the client did not send. */
export interface CapturedEvent {
  readonly input?: CapturedSide | undefined;
  readonly output?: CapturedSide | undefined;
  readonly eventId: string;
  readonly inferenceId?: string | undefined;
  /** The request's. */
  readonly customAttributes?: string | undefined;
  /** When it came. */
  readonly inferenceTime: Date;
}

/** On unless it says otherwise: "Whether data capture should be enabled or disabled (defaults to enabled)". */
export const isCaptureEnabled = ({ EnableCapture }: DataCaptureConfig): boolean => EnableCapture ?? true;

/** Which sides are captured; several options add up. */
export function capturedSides({ CaptureOptions }: DataCaptureConfig): { readonly input: boolean; readonly output: boolean } {
  const modes = new Set((CaptureOptions ?? []).map(({ CaptureMode }) => CaptureMode));
  const both = modes.has('InputAndOutput');
  return { input: both || modes.has('Input'), output: both || modes.has('Output') };
}

/** By the content type without its parameters, in any case. Without lists all is base64. */
export function encodingOf(contentType: string, types: CaptureContentTypeHeader | undefined): CaptureEncoding {
  const observed = contentType.split(';', 1)[0]?.trim().toLowerCase();
  const names = (list: readonly string[] | undefined): boolean => list?.some((type) => type.toLowerCase() === observed) ?? false;
  if (names(types?.CsvContentTypes)) return 'CSV';
  return names(types?.JsonContentTypes) ? 'JSON' : 'BASE64';
}

/**
 * The content type of a body that came without one. Ours: a line has to name one (the format that AWS's monitoring code reads requires it),
 * and RFC 9110 §8.3 lets a recipient take this one.
 */
export const unknownContentType = 'application/octet-stream';

/**
 * The line of an invocation without its data and without a line break: the text before, between and after the data of the captured sides,
 * input first. The data goes in as the inside of a JSON string.
 */
export function lineAround(event: CapturedEvent): readonly string[] {
  const { input, output } = event;
  const start = '{"captureData":{';
  const end = `},"eventMetadata":${metadata(event)},"eventVersion":"0"}`;
  const inputStart = input && `${start}"endpointInput":${sideStart('INPUT', input)}`;
  const outputStart = output && `"endpointOutput":${sideStart('OUTPUT', output)}`;
  if (inputStart && outputStart) return [inputStart, `${sideEnd(input)},${outputStart}`, sideEnd(output) + end];
  if (inputStart) return [inputStart, sideEnd(input) + end];
  return outputStart ? [start + outputStart, sideEnd(output) + end] : [start + end];
}

const sideStart = (mode: string, { observedContentType }: CapturedSide): string =>
  `{"observedContentType":${JSON.stringify(observedContentType)},"mode":"${mode}","data":"`;

const sideEnd = ({ encoding }: CapturedSide): string => `","encoding":"${encoding}"}`;

/** By hand, since there may be thousands a second. */
function metadata({ eventId, inferenceId, customAttributes, inferenceTime }: CapturedEvent): string {
  const id = inferenceId === undefined ? '' : `,"inferenceId":${JSON.stringify(inferenceId)}`;
  const attributes = customAttributes === undefined ? '' : `,"customAttributes":[${JSON.stringify(customAttributes)}]`;
  return `{"eventId":${JSON.stringify(eventId)}${id}${attributes},"inferenceTime":"${inferenceTime.toISOString().slice(0, 19)}Z"}`;
}

/**
 * Where lines go, below the destination: `<endpoint>/<variant>/yyyy/mm/dd/hh/MM-SS-mmm-<id>.jsonl`, by the time of the first of them in UTC. The name of
 * the file is as seen in published listings.
 */
export function captureName(endpoint: string, variant: string, first: Date, id: string): string {
  const [day = '', time = ''] = first.toISOString().slice(0, -1).split('T');
  const [hour, ...rest] = time.split(/[:.]/);
  return `${endpoint}/${variant}/${day.replaceAll('-', '/')}/${hour}/${rest.join('-')}-${id}.jsonl`;
}

/** What DescribeEndpoint says. `isWorking`: false while something cannot be written; the API calls it "currently functional". */
export function captureSummary(config: DataCaptureConfig, isWorking = true): DataCaptureConfigSummary {
  const isEnabled = isCaptureEnabled(config);
  const status: CaptureStatus = isEnabled && isWorking ? 'Started' : 'Stopped';
  return {
    EnableCapture: isEnabled,
    CaptureStatus: status,
    CurrentSamplingPercentage: config.InitialSamplingPercentage,
    DestinationS3Uri: config.DestinationS3Uri,
    KmsKeyId: config.KmsKeyId,
  };
}

/** Everything, with the two lists that AWS's Python SDK sends unless told otherwise: CSV and JSON stand in the lines as text. */
export const captureAll = (destination: string): DataCaptureConfig => ({
  EnableCapture: true,
  InitialSamplingPercentage: 100,
  DestinationS3Uri: destination,
  CaptureOptions: [{ CaptureMode: 'Input' }, { CaptureMode: 'Output' }],
  CaptureContentTypeHeader: { CsvContentTypes: ['text/csv'], JsonContentTypes: ['application/json'] },
});

/** One side of a line that was read. */
export interface ReadSide {
  readonly contentType: string;
  readonly data: Buffer;
}

/** A line that was read. Sides that were not captured are absent. */
export interface ReadEvent {
  readonly input?: ReadSide;
  readonly output?: ReadSide;
  readonly eventId?: string;
  readonly inferenceId?: string;
  readonly customAttributes?: string;
  readonly inferenceTime?: string;
}

/** Reads a line of an endpoint's data capture, written here or by SageMaker. Errors: a string, what is wrong with it. */
export function readCapturedLine(line: string): ReadEvent | string {
  const event = parsed(line);
  if (!isObject(event)) return 'it is no JSON object';
  const { captureData, eventMetadata = {} } = event;
  if (!isObject(captureData) || !isObject(eventMetadata)) return 'it has no captureData';
  const input = sideOf(captureData.endpointInput, 'endpointInput');
  if (typeof input === 'string') return input;
  const output = sideOf(captureData.endpointOutput, 'endpointOutput');
  if (typeof output === 'string') return output;
  const { eventId, inferenceId, customAttributes, inferenceTime } = eventMetadata;
  const [attributes] = [customAttributes].flat();
  return {
    ...(input && { input }),
    ...(output && { output }),
    ...(typeof eventId === 'string' && { eventId }),
    ...(typeof inferenceId === 'string' && { inferenceId }),
    ...(typeof attributes === 'string' && { customAttributes: attributes }),
    ...(typeof inferenceTime === 'string' && { inferenceTime }),
  };
}

function sideOf(side: unknown, name: string): ReadSide | undefined | string {
  if (side === undefined || side === null) return undefined;
  if (!isObject(side)) return `${name} is no object`;
  const { observedContentType, data, encoding } = side;
  if (typeof data !== 'string') return `${name} has no data`;
  if (encoding !== 'CSV' && encoding !== 'JSON' && encoding !== 'BASE64') return `${name} has the encoding ${JSON.stringify(encoding)}`;
  return {
    contentType: typeof observedContentType === 'string' ? observedContentType : unknownContentType,
    data: Buffer.from(data, encoding === 'BASE64' ? 'base64' : 'utf8'),
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
