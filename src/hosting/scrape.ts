import http from 'node:http';
import { platformUserAgent } from '../contract/serving.ts';
import type { Seconds } from '../engine/engine.ts';
import { reasonOf } from '../errors.ts';
import { size as bytesText, elapsed } from '../units.ts';
import type { Address } from './ping.ts';

/** The text of the answer, or why there was none. */
export type Scrape = { readonly text: string } | { readonly text: undefined; readonly why: string };

export interface ScrapeLimits {
  readonly timeout: Seconds;
  /** Bytes of the body. */
  readonly size: number;
}

/** One GET on a connection of its own, as a ping is: those of the upstream pool are for invocations. Any status but 200 is a failure. */
export function scrape({ host, port }: Address, path: string, { timeout, size }: ScrapeLimits, signal: AbortSignal): Promise<Scrape> {
  if (signal.aborted) return Promise.resolve(failed('cancelled'));
  return new Promise((resolve) => {
    const request = requestOf({ host, port, path });
    if (!(request instanceof http.ClientRequest)) return resolve(request);
    const end = (over: Scrape): void => {
      resolve(over);
      request.destroy();
    };
    const cancel = (): void => end(failed('cancelled'));
    const timer = setTimeout(() => end(failed(`no whole answer within ${elapsed(timeout)}`)), timeout * 1000);
    signal.addEventListener('abort', cancel);
    request.on('response', (response) => {
      response.on('error', (error) => end(failed(error.message)));
      if (response.statusCode !== 200) return end(failed(`status ${response.statusCode}`));
      const chunks: Buffer[] = [];
      let received = 0;
      response.on('data', (chunk: Buffer) => {
        received += chunk.length;
        if (received > size) end(failed(`more than ${bytesText(size)}`));
        else chunks.push(chunk);
      });
      response.on('end', () => end({ text: Buffer.concat(chunks).toString() }));
    });
    request.on('error', (error) => end(failed(error.message)));
    request.on('close', () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', cancel);
      end(failed('the connection was closed'));
    });
    request.end();
  });
}

/** A path may hold what no request line can. */
function requestOf(where: Address & { readonly path: string }): http.ClientRequest | Scrape {
  try {
    return http.request({ ...where, agent: false, headers: { 'User-Agent': platformUserAgent, Accept: 'text/plain;version=0.0.4' } });
  } catch (error) {
    return failed(reasonOf(error));
  }
}

const failed = (why: string): Scrape => ({ text: undefined, why });
