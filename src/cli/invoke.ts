import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { type ClientRequest, type IncomingMessage, type OutgoingHttpHeaders, request } from 'node:http';
import { resolve } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { openEmulator } from '../emulator.ts';
import { fail, reasonOf } from '../errors.ts';
import { emulatorOptions } from '../options/common-flags.ts';
import type { InvokeValues } from '../options/invoke-options.ts';
import { type Answer, printAnswer } from './invoke-printer.ts';
import type { Io } from './io.ts';

/** `sm-local invoke`: one request to a running endpoint, the answer's body on stdout. Returns the exit code: 1 for a ModelError. */
export async function invoke(name: string | undefined, values: InvokeValues, io: Io): Promise<number> {
  await using emulator = await openEmulator(emulatorOptions(values, io));
  const endpoint = await emulator.runningEndpoint(name);
  const operation = values.stream ? 'invocations-response-stream' : 'invocations';
  const url = new URL(`/endpoints/${encodeURIComponent(endpoint.name)}/${operation}`, endpoint.url);
  return await printAnswer(await answerTo(post(url, headersOf(values), await bodyOf(values, io)), url), values, io);
}

async function answerTo(call: ClientRequest, { origin }: URL): Promise<Answer> {
  const unreachable = (error: unknown) => fail('EndpointUnreachable', { url: origin, why: reasonOf(error) }, error);
  call.on('error', () => {}); // also after the answer has begun, which then tells of it itself
  try {
    const [response] = (await once(call, 'response')) as [IncomingMessage];
    return { status: response.statusCode ?? 0, headers: response.headers, chunks: chunksOf(response, unreachable) };
  } catch (error) {
    throw unreachable(error);
  }
}

async function* chunksOf(response: IncomingMessage, broken: (error: unknown) => Error): AsyncGenerator<Buffer> {
  try {
    yield* response;
  } catch (error) {
    throw broken(error);
  }
}

/** The ones a user gives become those that AWS's clients send. */
function headersOf(values: InvokeValues): OutgoingHttpHeaders {
  const given = {
    'content-type': values['content-type'].at(-1),
    [values.stream ? 'x-amzn-sagemaker-accept' : 'accept']: values.accept,
    'x-amzn-sagemaker-custom-attributes': values['custom-attributes'],
    'x-amzn-sagemaker-target-variant': values['target-variant'],
    'x-amzn-sagemaker-inference-id': values['inference-id'],
    'x-amzn-sagemaker-session-id': values['session-id'],
  };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

function post(url: URL, headers: OutgoingHttpHeaders, body: Buffer): ClientRequest {
  try {
    return request(url, { method: 'POST', headers: { ...headers, 'content-length': body.length }, agent: false }).end(body);
  } catch (error) {
    const remedy = 'Give texts of printable ASCII characters: they become headers of the request.';
    throw fail('WrongUsage', { message: `The request cannot be sent: ${reasonOf(error)}.`, remedy }, error);
  }
}

/** The body that the option names. Errors: InputUnreadable, WrongUsage. */
export async function bodyOf({ body }: Pick<InvokeValues, 'body'>, io: Io): Promise<Buffer> {
  if (body?.startsWith('@')) {
    const path = resolve(io.cwd, body.slice(1));
    return await readFile(path).catch((error) => {
      throw fail('InputUnreadable', { what: '--body', path, why: reasonOf(error) }, error);
    });
  }
  if (body !== undefined && body !== '-') return Buffer.from(body);
  if (body === undefined && process.stdin.isTTY) {
    throw fail('WrongUsage', { message: 'There is no body.', remedy: 'Give --body TEXT or --body @FILE, or pipe it in.' });
  }
  return await buffer(process.stdin);
}
