import { randomUUID } from 'node:crypto';
import http2 from 'node:http2';
import type { Duplex } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { type Client, dialSession } from '../client.ts';
import { bytesField, readFields } from './wire.ts';

/** What BuildKit may ask of whoever has it build. Undefined: there is none. */
export interface SessionAnswers {
  secret(id: string): Promise<Buffer | undefined>;
  /** `registry`: its host; for Docker Hub `registry-1.docker.io`. */
  credentials(registry: string): Promise<{ readonly username: string; readonly secret: string } | undefined>;
}

/** BuildKit's way back to us, while it builds. */
export interface Session extends AsyncDisposable {
  /** For the build's `session`. */
  readonly id: string;
}

/**
 * Opens the session of a build: a connection through the engine on which BuildKit is the client, and asks for secrets and credentials when
 * a step needs them. So neither is in the context, nor in a layer, nor in the image's history. Source: BuildKit's session/, docker program.
 */
export async function openSession(client: Client, answers: SessionAnswers, signal?: AbortSignal): Promise<Session> {
  const id = randomUUID();
  const calls = callsOf(answers);
  const socket = await dialSession(client, headersOf(id, Object.keys(calls)), signal);
  const server = http2.performServerHandshake(socket);
  server.on('error', () => socket.destroy()); // the build, which misses its session, says so
  server.on('stream', (stream, headers) => {
    stream.on('error', () => {}); // an engine that gave up wants no answer
    void answer(stream, calls[String(headers[':path'])]);
  });
  return { id, [Symbol.asyncDispose]: () => close(server, socket) };
}

type Call = (request: Buffer) => Promise<Buffer>;

/** The methods as gRPC calls them; a Call throws a Refusal where there is nothing to answer with. */
const callsOf = ({ secret, credentials }: SessionAnswers): Readonly<Record<string, Call>> => ({
  '/moby.buildkit.secrets.v1.Secrets/GetSecret': async (request) => {
    const id = textField(request, 1);
    const data = await secret(id);
    if (data === undefined) throw new Refusal(notFound, `there is no secret ${id}`);
    return bytesField(1, data);
  },
  '/moby.filesync.v1.Auth/Credentials': async (request) => {
    const found = await credentials(textField(request, 1));
    return found ? Buffer.concat([bytesField(1, found.username), bytesField(2, found.secret)]) : Buffer.alloc(0);
  },
  // Asked every few seconds; a build whose session does not answer is given up.
  '/grpc.health.v1.Health/Check': async () => Buffer.from([0x08, 0x01]), // status: SERVING
});

/** How a call ends that has no answer. Source: gRPC's status codes. */
class Refusal extends Error {
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

const notFound = 5;
const unimplemented = 12;
const internal = 13;

/** One call of gRPC: a message in, a message out, and the status behind it. Source: gRPC over HTTP/2. */
async function answer(stream: http2.ServerHttp2Stream, call: Call | undefined): Promise<void> {
  const request = await buffer(stream).catch(() => undefined);
  if (!request || stream.destroyed) return;
  try {
    if (!call) throw new Refusal(unimplemented, 'there is no such method');
    const message = await call(request.subarray(frameHead));
    end(stream, 0, '', message);
  } catch (error) {
    const { code, message } = error instanceof Refusal ? error : new Refusal(internal, String(error));
    end(stream, code, message);
  }
}

/** Bytes in front of a message: whether it is compressed, and its length. */
const frameHead = 5;

function end(stream: http2.ServerHttp2Stream, status: number, said: string, message?: Buffer): void {
  if (stream.destroyed) return;
  stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
  stream.once('wantTrailers', () =>
    stream.sendTrailers({ 'grpc-status': String(status), ...(said && { 'grpc-message': encodeURIComponent(said) }) }),
  );
  if (!message) return void stream.end();
  const head = Buffer.alloc(frameHead);
  head.writeUInt32BE(message.length, 1);
  stream.end(Buffer.concat([head, message]));
}

const headersOf = (id: string, methods: readonly string[]): Readonly<Record<string, string | readonly string[]>> => ({
  Upgrade: 'h2c',
  'X-Docker-Expose-Session-Uuid': id,
  'X-Docker-Expose-Session-Name': 'sm-local',
  'X-Docker-Expose-Session-Sharedkey': '',
  'X-Docker-Expose-Session-Grpc-Method': methods,
});

function textField(message: Buffer, number: number): string {
  const value = readFields(message).find((field) => field.number === number)?.value;
  return Buffer.isBuffer(value) ? value.toString('utf8') : '';
}

async function close(server: http2.Http2Session, socket: Duplex): Promise<void> {
  if (socket.destroyed) return;
  const closed = new Promise<void>((resolve) => void socket.once('close', () => resolve()));
  server.destroy();
  socket.destroy();
  await closed;
}
