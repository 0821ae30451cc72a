import { readdirSync, readFileSync } from 'node:fs';
import http from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { projectRoot } from './real-engine.ts';

/** A recorded request and what its client made do with; the README beside the recordings tells of each member. */
export interface Exchange {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly json?: unknown;
  readonly text?: string;
  readonly base64?: string;
  readonly answer: {
    readonly status: number;
    readonly saw?: Readonly<Record<string, string>>;
    readonly learn?: Readonly<Record<string, string>>;
  };
}

/** What was asked, by name where it has one, and what has come back. */
export interface Answer {
  readonly operation: string;
  readonly expected: Exchange['answer'];
  readonly status: number;
  readonly body: string;
  /** A member of the JSON in the body, by its path: `Tags.0.Key`. */
  member(path: string): unknown;
}

/** The recordings of a directory of fixtures in order: `[name of the flow, its exchanges]`. */
export function recordings(directory: string): readonly (readonly [flow: string, exchanges: readonly Exchange[]])[] {
  const path = join(projectRoot, 'fixtures', directory);
  const names = readdirSync(path).filter((name) => name.endsWith('.json'));
  return names.sort().map((name) => {
    const { exchanges } = JSON.parse(readFileSync(join(path, name), 'utf8'));
    return [name.replace(/^\d+-|\.json$/g, ''), exchanges];
  });
}

/** Asks what was recorded, as it was asked, with the values that this run has. */
export class Replay {
  readonly #url: string;
  readonly #known: Map<string, string | number>;

  constructor(url: string, known: Readonly<Record<string, string | number>>) {
    this.#url = url;
    this.#known = new Map(Object.entries(known));
  }

  /** A request whose answer ended the client's asking is asked until it does so again. Fails when it will not. */
  async ask(exchange: Exchange): Promise<Answer> {
    const deadline = Date.now() + 30_000;
    for (;;) {
      const answer = await this.#once(exchange);
      const { saw, learn = {} } = exchange.answer;
      const isDone = Object.entries(saw ?? {}).every(([member, value]) => answer.member(member) === value);
      if (answer.status === exchange.answer.status && !isDone && Date.now() < deadline) {
        await sleep(50); // what is waited for goes on in another process
        continue;
      }
      for (const [name, path] of Object.entries(learn)) this.#known.set(name, answer.member(path) as string);
      return answer;
    }
  }

  async #once(exchange: Exchange): Promise<Answer> {
    const { method, path, headers } = exchange;
    const body = this.#body(exchange);
    const date = new Date().toISOString().replace(/[-:]|\.\d+/g, '');
    const request = http.request(new URL(this.#url), {
      ...{ method, path, agent: false },
      headers: { ...headers, 'X-Amz-Date': date, ...(body && { 'Content-Length': body.length }) },
    });
    const response = new Promise<http.IncomingMessage>((resolve, reject) => request.on('response', resolve).on('error', reject));
    if (headers.Expect) {
      request.flushHeaders();
      request.on('continue', () => request.end(body));
    } else request.end(body);
    const { statusCode: status = 0, ...rest } = await response.then(async (each) => ({
      statusCode: each.statusCode,
      said: await text(each),
    }));
    const json: unknown = headers['X-Amz-Target'] && rest.said !== '' ? JSON.parse(rest.said) : undefined;
    return {
      operation: headers['X-Amz-Target']?.split('.').at(-1) ?? `${method} ${path}`,
      expected: exchange.answer,
      status,
      body: rest.said,
      member: (path) => path.split('.').reduce<unknown>((at, step) => (at as Record<string, unknown> | undefined)?.[step], json),
    };
  }

  #body({ json, text, base64 }: Exchange): Buffer | undefined {
    if (base64 !== undefined) return Buffer.from(base64, 'base64');
    if (text !== undefined) return Buffer.from(text);
    return json === undefined ? undefined : Buffer.from(JSON.stringify(json, (_name, value) => this.#valueOf(value)));
  }

  #valueOf(value: unknown): unknown {
    const [, name] = (typeof value === 'string' && /^\{\{(.+)\}\}$/.exec(value)) || [];
    return name === undefined ? value : this.#known.get(name);
  }
}
