import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { largestDocument, readBody, type WholeBody } from './body.ts';

/** A document, unpacked where the client has packed it, as those of CloudWatch do with much data. */
export async function readPlainBody(request: IncomingMessage): Promise<WholeBody> {
  const body = await readBody(request);
  if (!('bytes' in body) || request.headers['content-encoding']?.trim().toLowerCase() !== 'gzip') return body;
  try {
    return { bytes: await unzip(body.bytes, { maxOutputLength: largestDocument }) };
  } catch {
    const message = `The body of the request is no gzip of at most ${largestDocument} bytes, as its Content-Encoding says.`;
    return { error: { type: 'SerializationException', status: 400, message } };
  }
}

const unzip = promisify(gunzip);
