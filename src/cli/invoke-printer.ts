import { isUtf8 } from 'node:buffer';
import type { IncomingHttpHeaders } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { StringDecoder } from 'node:string_decoder';
import { readEventStream, type StreamEvent } from '../contract/event-stream.ts';
import type { InvokeValues } from '../options/invoke-options.ts';
import { type Io, troubleOf } from './io.ts';
import { jsonLine } from './json-lines.ts';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly chunks: AsyncIterable<Buffer>;
}

/** Prints what came back of an invocation. Returns the exit code: 1 when the image failed. */
export async function printAnswer(answer: Answer, values: InvokeValues, io: Io): Promise<number> {
  if (answer.status !== 200) return await refuse(answer, values, io);
  return values.stream ? await showStream(answer, values, io) : await show(answer, values, io);
}

async function show(answer: Answer, { json }: InvokeValues, io: Io): Promise<number> {
  const body = await buffer(answer.chunks);
  if (json) await jsonLine(io, { event: 'result', ...resultOf(answer), ...textOrBase64(body) });
  else {
    await io.out.write(body);
    await endLine(body, io);
  }
  return 0;
}

/** Each part as it comes. A character that two parts share is told with the second. */
async function showStream(answer: Answer, { json }: InvokeValues, io: Io): Promise<number> {
  const text = new StringDecoder();
  let last: Buffer = Buffer.alloc(0);
  for await (const event of readEventStream(answer.chunks)) {
    if (event.kind === 'exception') return await breakOff(event, last, json, io);
    if (json) await jsonLine(io, { event: 'part', body: text.write(event.payload) });
    else await io.out.write(event.payload);
    last = event.payload;
  }
  const half = text.end(); // of a character that never became whole
  if (json && half !== '') await jsonLine(io, { event: 'part', body: half });
  if (json) await jsonLine(io, { event: 'result', ...resultOf(answer) });
  else await endLine(last, io);
  return 0;
}

const resultOf = ({ headers }: Answer) => ({
  contentType: headers['x-amzn-sagemaker-content-type'] ?? headers['content-type'],
  invokedProductionVariant: headers['x-amzn-invoked-production-variant'],
  customAttributes: headers['x-amzn-sagemaker-custom-attributes'],
  newSessionId: headers['x-amzn-sagemaker-new-session-id'],
  closedSessionId: headers['x-amzn-sagemaker-closed-session-id'],
});

async function breakOff(
  { type, code, message }: Extract<StreamEvent, { kind: 'exception' }>,
  last: Buffer,
  json: boolean,
  io: Io,
): Promise<number> {
  if (!json) await endLine(last, io);
  const blame = type === 'ModelStreamError' ? 'image' : 'us';
  return await tellError({ type, message: code === undefined ? message : `${message} (${code})`, blame }, json, io);
}

/** What is no text would be damaged by JSON. */
const textOrBase64 = (body: Buffer): { readonly body: string; readonly encoding?: 'base64' } =>
  isUtf8(body) ? { body: body.toString() } : { body: body.toString('base64'), encoding: 'base64' };

/** AWS's error as the service sent it: the image's fault, the service's own, or the caller's. */
async function refuse(answer: Answer, { json }: InvokeValues, io: Io): Promise<number> {
  const type = String(answer.headers['x-amzn-errortype'] ?? `HTTP ${answer.status}`);
  let message = (await buffer(answer.chunks)).toString();
  try {
    const parsed = JSON.parse(message) as { Message?: string; message?: string };
    message = parsed.Message ?? parsed.message ?? (type === 'ThrottlingException' ? 'Rate exceeded' : message);
  } catch {
    // not JSON: shown as it is
  }
  return await tellError({ type, message, blame: blameOf(type, answer.status) }, json, io);
}

function blameOf(type: string, status: number): Trouble['blame'] {
  if (type === 'ModelError') return 'image';
  if (status === 413) return 'size';
  return status >= 500 || status === 429 || type === 'ThrottlingException' ? 'service' : 'caller';
}

interface Trouble {
  readonly type: string;
  readonly message: string;
  readonly blame: keyof typeof remedies;
}

async function tellError({ type, message, blame }: Trouble, json: boolean, io: Io): Promise<number> {
  const remedy = remedies[blame];
  if (json) await jsonLine(io, { event: 'error', code: type, blame: blames[blame], message, remedy });
  else await troubleOf(io).write(`${type}: ${message}\n${remedy}\n`);
  return exitCodes[blame];
}

const remedies = {
  image: "Look at the container's own log lines: sm-local logs <endpoint>",
  caller: 'Check the name of the endpoint and the request.',
  size: 'Send less, or serve with --limit payload=… where a larger body shall pass.',
  service: 'The request may be right: try again, and look at the lines of sm-local serve.',
  us: 'This is a defect in sm-local. Please report it with these lines.',
} as const;
const blames = { image: 'image', caller: 'caller', size: 'caller', service: 'host', us: 'us' } as const;
const exitCodes = { image: 1, caller: 2, size: 2, service: 3, us: 3 } as const;

async function endLine(last: Buffer, { out }: Io): Promise<void> {
  if (out.isTerminal && last.length > 0 && last.at(-1) !== 10) await out.write('\n');
}
