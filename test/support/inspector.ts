import { once } from 'node:events';
import { WebSocket } from 'undici';

export interface PausedFrame {
  readonly functionName: string;
  /** From 0. */
  readonly location: { readonly lineNumber: number };
}

/** A client of the inspector of Node, as an editor has one. */
export class Inspector implements Disposable {
  readonly #socket: WebSocket;
  readonly #arrived = new EventTarget();
  readonly #events: { readonly method: string; readonly params: unknown }[] = [];
  readonly #answers = new Map<number, { readonly result?: unknown; readonly error?: { readonly message: string } }>();
  #sent = 0;

  private constructor(url: string) {
    this.#socket = new WebSocket(url);
    this.#socket.addEventListener('message', ({ data }) => {
      const { id, ...message } = JSON.parse(String(data));
      if (id === undefined) this.#events.push(message);
      else this.#answers.set(id, message);
      this.#arrived.dispatchEvent(new Event('message'));
    });
  }

  /** The first of what can be debugged at this address: `127.0.0.1:9229`. */
  static async attach(address: string): Promise<Inspector> {
    const list = (await (await fetch(`http://${address}/json/list`)).json()) as { id: string }[];
    const inspector = new Inspector(`ws://${address}/${list[0]?.id}`);
    await once(inspector.#socket, 'open');
    return inspector;
  }

  /** Errors: a refusal. */
  async ask(method: string, params: object = {}): Promise<unknown> {
    this.#sent += 1;
    const id = this.#sent;
    this.#socket.send(JSON.stringify({ id, method, params }));
    while (!this.#answers.has(id)) await once(this.#arrived, 'message');
    const { result, error } = this.#answers.get(id) ?? {};
    if (error) throw new Error(`${method}: ${error.message}`);
    return result;
  }

  async event(name: string): Promise<unknown> {
    for (;;) {
      const at = this.#events.findIndex(({ method }) => method === name);
      if (at >= 0) return this.#events.splice(at, 1)[0]?.params;
      await once(this.#arrived, 'message');
    }
  }

  /** Where the program is halted next. */
  async paused(): Promise<PausedFrame | undefined> {
    return ((await this.event('Debugger.paused')) as { callFrames: PausedFrame[] }).callFrames[0];
  }

  [Symbol.dispose](): void {
    this.#socket.close();
  }
}
