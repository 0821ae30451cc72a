import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { finished } from 'node:stream/promises';
import type {
  Attachment,
  ContainerSpec,
  ContainerState,
  CreatedContainer,
  Exit,
  Output,
  StartedContainer,
  Usage,
} from '../engine/engine.ts';
import { fail, reasonOf } from '../errors.ts';
import { answerWith } from './answering.ts';
import type { Choice } from './choice.ts';
import { ReceivedRequest } from './received-request.ts';
import { checkReply, type Reply } from './reply.ts';

export interface ReplySurroundings {
  readonly id: string;
  readonly choice: Choice;
  /** Told of each invocation before it is answered, but for pings. */
  readonly onRequest: (request: ReceivedRequest) => void;
  readonly onRemoved: () => void;
}

/** A container that is a server in this process, on a port of its own. It has no files. */
export class ReplyContainer implements CreatedContainer, StartedContainer {
  readonly id: string;
  readonly spec: ContainerSpec;
  readonly exited: Promise<Exit>;
  readonly #around: ReplySurroundings;
  readonly #ended = new AbortController();
  readonly #outputs: Output[] = [];
  readonly #readers = new Set<(output: Output) => void>();
  #server: http.Server | undefined;
  #state: 'created' | 'running' | 'exited' = 'created';
  #isSignalled = false;
  #exit: Exit | undefined;
  #endedAt: Date | undefined;
  #settle: (exit: Exit) => void = () => {};

  constructor(spec: ContainerSpec, around: ReplySurroundings) {
    this.id = around.id;
    this.spec = spec;
    this.#around = around;
    this.exited = new Promise((resolve) => {
      this.#settle = resolve;
    });
  }

  get state(): string {
    return this.#state;
  }

  async attach(onOutput: (output: Output) => void): Promise<Attachment> {
    return this.#follow(onOutput);
  }

  async logs(onOutput: (output: Output) => void, options?: { readonly follow?: boolean }): Promise<Attachment> {
    this.#outputs.forEach(onOutput);
    return options?.follow ? this.#follow(onOutput) : { ended: Promise.resolve(), close() {} };
  }

  async start(): Promise<StartedContainer> {
    if (this.spec.command[0] !== 'serve') throw fail('NotStartable', { message: 'Canned replies only serve: there is no other program.' });
    const server = http.createServer((request, response) => void this.#handle(request, response));
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
    this.#server = server;
    this.#state = 'running';
    return this;
  }

  async inspect(): Promise<ContainerState> {
    const running = this.#state === 'running';
    const port = (this.#server?.address() as AddressInfo | null | undefined)?.port;
    return {
      running,
      started: this.#state !== 'created',
      exit: this.#exit,
      endedAt: this.#endedAt,
      pid: undefined,
      address: undefined,
      ports: new Map(running && port !== undefined ? [[servedPort, port]] : []),
    };
  }

  async usage(): Promise<Usage | undefined> {
    return this.#state === 'running' ? { cpuSeconds: 0, memory: 0, memoryLimit: os.totalmem() } : undefined;
  }

  async wasSignalled(): Promise<boolean> {
    return this.#isSignalled;
  }

  /** Whatever the signal is, it ends at once: nobody shall wait for a reply that hangs. */
  async kill(signal: string): Promise<void> {
    if (this.#state === 'running') this.#isSignalled = true;
    this.#end({ code: signal === 'SIGTERM' ? 0 : 137, oomKilled: false });
  }

  async stop(): Promise<Exit> {
    await this.kill('SIGTERM');
    return await this.exited;
  }

  async exec(): Promise<{ readonly code: number; readonly output: string }> {
    return { code: 126, output: 'Canned replies have no programs.' };
  }

  async remove(): Promise<void> {
    this.#end({ code: 137, oomKilled: false });
    this.#around.onRemoved();
  }

  /** There are no files that anything could be read from. */
  async putArchive(_path: string, tar: Readable): Promise<void> {
    tar.resume();
    await finished(tar);
  }

  async getArchive(): Promise<undefined> {
    return undefined;
  }

  async changes(): Promise<readonly []> {
    return [];
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.on('error', () => {}); // whoever asked has left
    try {
      if (request.method === 'GET' && request.url === '/ping') response.end();
      else if (request.method === 'POST' && request.url === '/invocations') await this.#invoked(request, response);
      else response.writeHead(404).end();
    } catch (error) {
      if (this.#ended.signal.aborted || response.destroyed) return;
      this.#print(`${error instanceof Error ? error.stack : error}\n`);
      if (response.headersSent) response.destroy();
      else response.writeHead(500, { 'content-type': 'text/plain; charset=utf-8' }).end(reasonOf(error));
    }
  }

  async #invoked(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const { labels } = this.spec;
    const request = new ReceivedRequest({
      method: incoming.method ?? '',
      path: incoming.url ?? '',
      headers: incoming.headers as Record<string, string>, // those that come as lists are for cookies, which do not get here
      body: await buffer(incoming),
      time: new Date(),
      endpoint: labels['sm-local.name'] ?? '',
      variant: labels['sm-local.variant'] ?? '',
    });
    const choice = this.#around.choice.of(request);
    if ('unmatched' in choice) request.unmatched = choice.unmatched;
    this.#around.onRequest(request);
    response.on('close', () => {
      request.status = response.headersSent ? response.statusCode : 0;
    });
    await answerWith(
      'unmatched' in choice ? this.#refusal(choice.unmatched) : await this.#replyOf(choice.reply, request),
      response,
      this.#ended.signal,
    );
    request.status = response.headersSent ? response.statusCode : request.status;
  }

  async #replyOf(reply: Reply | ((request: ReceivedRequest) => Reply | Promise<Reply>), request: ReceivedRequest): Promise<Reply> {
    if (typeof reply !== 'function') return reply;
    const made: unknown = await reply(request);
    checkReply(made);
    if (typeof made === 'function')
      throw fail('WrongUsage', { message: 'A function of replies gave a function.', remedy: 'Have it give the reply.' });
    return made;
  }

  #refusal(why: string): Reply {
    this.#print(`${why}\n`);
    return { status: 500, body: why };
  }

  #print(text: string): void {
    const output = { stream: 'stderr', bytes: Buffer.from(text), time: Date.now() } as const;
    this.#outputs.push(output);
    for (const read of this.#readers) read(output);
  }

  #follow(onOutput: (output: Output) => void): Attachment {
    if (this.#state === 'exited') return { ended: Promise.resolve(), close() {} };
    this.#readers.add(onOutput);
    return { ended: this.exited.then(() => {}), close: () => void this.#readers.delete(onOutput) };
  }

  #end(exit: Exit): void {
    if (this.#state === 'exited') return;
    this.#state = 'exited';
    this.#exit = exit;
    this.#endedAt = new Date();
    this.#ended.abort();
    this.#server?.close();
    this.#server?.closeAllConnections();
    this.#settle(exit);
  }
}

/** Where a serving container listens, as it seems to those outside. */
const servedPort = 8080;
