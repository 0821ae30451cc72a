import { readFile } from 'node:fs/promises';
import { request } from 'node:http';
import { resolve } from 'node:path';
import { text as readAll } from 'node:stream/consumers';
import { openEmulator } from '../emulator.ts';
import { fail, reasonOf } from '../errors.ts';
import { emulatorOptions } from './common-flags.ts';
import type { InvokeValues } from './invoke-options.ts';
import type { Io } from './io.ts';

/** `sm-local invoke`: one request to a running endpoint, the answer's body on stdout. Returns the exit code: 1 for a ModelError. */
export async function invoke(name: string | undefined, values: InvokeValues, io: Io): Promise<number> {
  await using emulator = await openEmulator(emulatorOptions(values, io));
  const endpoint = await emulator.runningEndpoint(name);
  const answer = await post(
    new URL(`/endpoints/${encodeURIComponent(endpoint.name)}/invocations`, endpoint.url),
    await bodyOf(values, io),
    {
      ...(values['content-type'].length > 0 && { 'content-type': values['content-type'].at(-1) }),
      ...(values.accept !== undefined && { accept: values.accept }),
    },
  );
  return answer.status === 200 ? await show(answer, values, io) : await refuse(answer, values, io);
}

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

function post(url: URL, body: Buffer, headers: Readonly<Record<string, string | undefined>>): Promise<Answer> {
  return new Promise((resolveAnswer, reject) => {
    const call = request(url, { method: 'POST', headers: { ...headers, 'content-length': body.length }, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => resolveAnswer({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) }));
      response.on('error', reject);
    });
    call.on('error', (error) => reject(fail('EndpointUnreachable', { url: url.origin, why: reasonOf(error) }, error)));
    call.end(body);
  });
}

async function bodyOf({ body }: InvokeValues, io: Io): Promise<Buffer> {
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
  return Buffer.from(await readAll(process.stdin));
}

async function show({ headers, body }: Answer, values: InvokeValues, io: Io): Promise<number> {
  if (values.json) {
    const event = {
      time: io.now(),
      event: 'result',
      contentType: headers['content-type'],
      invokedProductionVariant: headers['x-amzn-invoked-production-variant'],
      customAttributes: headers['x-amzn-sagemaker-custom-attributes'],
      body: body.toString(),
    };
    await io.out.write(`${JSON.stringify(event)}\n`);
    return 0;
  }
  await io.out.write(body);
  if (io.out.isTerminal && body.length > 0 && body.at(-1) !== 10) await io.out.write('\n');
  return 0;
}

/** AWS's error as the service sent it. A ModelError is the image's fault, everything else the caller's. */
async function refuse({ status, headers, body }: Answer, values: InvokeValues, io: Io): Promise<number> {
  const type = String(headers['x-amzn-errortype'] ?? `HTTP ${status}`);
  const blame = type === 'ModelError' ? 'image' : 'caller';
  let message = body.toString();
  try {
    const parsed = JSON.parse(message) as { Message?: string; message?: string };
    message = parsed.Message ?? parsed.message ?? message;
  } catch {
    // not JSON: shown as it is
  }
  if (values.json)
    await io.out.write(`${JSON.stringify({ time: io.now(), event: 'error', code: type, blame, message, remedy: remedies[blame] })}\n`);
  else await io.err.write(`${type}: ${message}\n${remedies[blame]}\n`);
  return blame === 'image' ? 1 : 2;
}

const remedies = {
  image: "Look at the container's own log lines, where sm-local serve runs.",
  caller: 'Check the name of the endpoint and the request.',
} as const;
