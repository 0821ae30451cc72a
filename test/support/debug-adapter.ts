import { once } from 'node:events';
import net from 'node:net';

/** A message of the Debug Adapter Protocol. */
interface Message {
  readonly type: 'request' | 'response' | 'event';
  readonly command?: string;
  readonly event?: string;
  readonly request_seq?: number;
  readonly success?: boolean;
  readonly message?: string;
  readonly body?: unknown;
}

export interface Frame {
  readonly name: string;
  readonly line: number;
  readonly source: { readonly path: string };
}

/** A client of the Debug Adapter Protocol, as an editor has one. */
export class DebugAdapter implements Disposable {
  readonly #socket: net.Socket;
  readonly #arrived = new EventTarget();
  readonly #messages: Message[] = [];
  #bytes = Buffer.alloc(0);
  #sent = 0;

  constructor(port: number) {
    this.#socket = net.connect(port, '127.0.0.1');
    this.#socket.on('error', () => {}).on('data', (chunk) => this.#take(chunk));
    this.#socket.on('close', () => this.#arrived.dispatchEvent(new Event('message')));
  }

  /** Attaches, with breakpoints in a file of the container; `more`: what the adapter said of a process below. */
  async attach(path: string, lines: readonly number[], more: object = {}): Promise<void> {
    await this.ask('initialize', { adapterID: 'debugpy', pathFormat: 'path', linesStartAt1: true, columnsStartAt1: true });
    const attached = this.ask('attach', { justMyCode: true, subProcess: true, ...more });
    attached.catch(() => {}); // awaited below
    await this.event('initialized');
    await this.ask('setBreakpoints', { source: { path }, breakpoints: lines.map((line) => ({ line })) });
    await this.ask('configurationDone', {});
    await attached;
  }

  /** Where the program is halted next, and in which thread. */
  async stopped(): Promise<{ readonly thread: number; readonly frame: Frame | undefined }> {
    const { threadId: thread } = (await this.event('stopped')) as { threadId: number };
    const { stackFrames } = (await this.ask('stackTrace', { threadId: thread })) as { stackFrames: Frame[] };
    return { thread, frame: stackFrames[0] };
  }

  /** Errors: a refusal; the end of the connection. */
  async ask(command: string, given: object): Promise<unknown> {
    this.#sent += 1;
    const seq = this.#sent;
    const content = JSON.stringify({ seq, type: 'request', command, arguments: given });
    this.#socket.write(`Content-Length: ${Buffer.byteLength(content)}\r\n\r\n${content}`);
    const answer = await this.#until(({ type, request_seq }) => type === 'response' && request_seq === seq);
    if (!answer.success) throw new Error(`${command}: ${answer.message}`);
    return answer.body;
  }

  async event(name: string): Promise<unknown> {
    return (await this.#until(({ type, event }) => type === 'event' && event === name)).body;
  }

  [Symbol.dispose](): void {
    this.#socket.destroy();
  }

  async #until(isWanted: (message: Message) => boolean): Promise<Message> {
    for (;;) {
      const at = this.#messages.findIndex(isWanted);
      const [found] = at < 0 ? [] : this.#messages.splice(at, 1);
      if (found) return found;
      if (this.#socket.destroyed) throw new Error('the debugger has closed the connection');
      await once(this.#arrived, 'message');
    }
  }

  #take(chunk: Buffer): void {
    this.#bytes = Buffer.concat([this.#bytes, chunk]);
    for (;;) {
      const head = this.#bytes.indexOf('\r\n\r\n');
      const [, length] = /content-length: *(\d+)/i.exec(this.#bytes.subarray(0, Math.max(0, head)).toString()) ?? [];
      const end = head + 4 + Number(length);
      if (head < 0 || length === undefined || this.#bytes.length < end) return;
      this.#messages.push(JSON.parse(this.#bytes.subarray(head + 4, end).toString()) as Message);
      this.#bytes = this.#bytes.subarray(end);
      this.#arrived.dispatchEvent(new Event('message'));
    }
  }
}
