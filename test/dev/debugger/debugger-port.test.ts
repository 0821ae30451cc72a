import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { DebuggerPort } from '../../../src/dev/debugger/debugger-port.ts';
import { Scope } from '../../../src/scope.ts';
import { failure } from '../../support/failure.ts';

describe('a port that leads to the debugger of a container', () => {
  let scope: Scope;
  let port: DebuggerPort;
  let news: string[];
  let told: EventTarget;
  beforeEach(async () => {
    scope = new Scope();
    news = [];
    told = new EventTarget();
    port = scope.use(await DebuggerPort.listen(0));
  });
  afterEach(() => scope[Symbol.asyncDispose]());

  const tell = (text: string): void => {
    news.push(text);
    told.dispatchEvent(new Event('news'));
  };
  const until = async (...wanted: readonly string[]): Promise<void> => {
    while (news.length < wanted.length) await once(told, 'news');
    assert.deepEqual(news, wanted);
  };
  /** Answers what it gets with its name in front. */
  const target = async (name: string): Promise<{ readonly led: Disposable; readonly sockets: readonly net.Socket[] }> => {
    const sockets: net.Socket[] = [];
    const server = net.createServer((socket) => {
      sockets.push(socket);
      socket.on('error', () => {}).on('data', (chunk) => socket.write(`${name}: ${chunk}`));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    scope.defer(() => {
      server.close();
      for (const socket of sockets) socket.destroy();
    });
    const attached = (): Disposable => {
      tell(`${name} attached`);
      return { [Symbol.dispose]: () => tell(`${name} detached`) };
    };
    return { sockets, led: port.lead({ host: '127.0.0.1', port: (server.address() as net.AddressInfo).port, attached }) };
  };
  const connect = (): net.Socket => {
    const socket = net.connect(port.port, '127.0.0.1').on('error', () => {});
    scope.defer(() => socket.destroy());
    return socket;
  };
  const answerTo = async (socket: net.Socket, text: string): Promise<string> => {
    const answer = once(socket, 'data');
    socket.write(text);
    return String((await answer)[0]);
  };

  it('hands bytes both ways, and tells who has attached until they go', async () => {
    await target('one');
    const editor = connect();
    assert.equal(await answerTo(editor, 'Content-Length: 2\r\n\r\n{}'), 'one: Content-Length: 2\r\n\r\n{}');
    await until('one attached');
    editor.end();
    await until('one attached', 'one detached');
  });

  it('takes neither a scan nor plain HTTP for a debugger', async () => {
    await target('one');
    const scan = connect();
    await once(scan, 'connect');
    scan.destroy();
    const browser = connect();
    assert.match(await answerTo(browser, 'GET /json HTTP/1.1\r\n\r\n'), /^one: GET/);
    await until();
  });

  it('has who comes early wait for the debugger', async () => {
    const editor = connect();
    editor.write('Content-Length: 2\r\n\r\n{}');
    await once(editor, 'connect');
    const answer = once(editor, 'data');
    await target('one');
    assert.match(String((await answer)[0]), /^one: Content/);
    await until('one attached');
  });

  it('leads to the container that takes over, and cuts off who is attached to the one before', async () => {
    await target('one');
    const editor = connect();
    await answerTo(editor, 'Content-Length: 2\r\n\r\n{}');
    const cut = once(editor, 'close');
    const { led } = await target('two');
    await cut;
    await until('one attached', 'one detached');
    assert.match(await answerTo(connect(), 'GET / HTTP/1.1\r\n\r\n'), /^two:/);
    led[Symbol.dispose]();
    assert.match(await answerTo(connect(), 'GET / HTTP/1.1\r\n\r\n'), /^one:/);
  });

  it('tells the editor when the program ends', async () => {
    const { sockets } = await target('one');
    const editor = connect();
    await answerTo(editor, 'Content-Length: 2\r\n\r\n{}');
    const closed = once(editor, 'close');
    for (const socket of sockets) socket.destroy();
    await closed;
    await until('one attached', 'one detached');
  });

  it('is refused where it is taken, with the option that names another', async () => {
    await assert.rejects(DebuggerPort.listen(port.port), failure('PortTaken', /./));
    await assert.rejects(DebuggerPort.listen(port.port), { remedy: /--debug-port/ });
  });
});
