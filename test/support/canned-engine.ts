import http from 'node:http';
import { join } from 'node:path';
import { dockerEngine } from '../../src/engine/docker/engine.ts';
import type { DockerSurroundings } from '../../src/engine/docker-config.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { temporaryDirectory } from './temporary-directory.ts';

/** What is said to one route, e.g. `POST /images/create`; `/containers/create` answers with a container already. */
export type Answers = Readonly<Record<string, http.RequestListener>>;

export interface CannedEngine extends AsyncDisposable {
  readonly engine: Engine;
  readonly socket: string;
  /** Method and address of each request so far. */
  readonly requests: readonly string[];
}

/**
 * A server on a socket that says what an engine would say, word by word: for what no real engine does when asked to. `surroundings`: where its
 * client finds a docker config; by default there is none.
 */
export async function cannedEngine(answers: Answers, surroundings?: DockerSurroundings): Promise<CannedEngine> {
  const directory = await temporaryDirectory();
  const socket = join(directory.path, 'engine.sock');
  const requests: string[] = [];
  const routes: Answers = { 'POST /containers/create': json(201, { Id: 'c1', Warnings: [] }), ...answers };
  const server = http.createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    const { pathname } = new URL(request.url ?? '', 'http://engine');
    const answer = routes[`${request.method} ${pathname}`] ?? json(404, { message: 'page not found' });
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  return {
    engine: dockerEngine({ host: `unix://${socket}`, rule: 'a test' }, surroundings ?? { env: {}, home: directory.path }),
    socket,
    requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await directory[Symbol.asyncDispose]();
    },
  };
}

export const json =
  (status: number, body: object): http.RequestListener =>
  (request, response) => {
    request.resume();
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  };

/** A progress stream: one record a line. */
export const records =
  (...lines: readonly object[]): http.RequestListener =>
  (request, response) => {
    request.resume().on('end', () => {
      response.writeHead(200, { 'content-type': 'application/json' }).end(lines.map((line) => `${JSON.stringify(line)}\r\n`).join(''));
    });
  };

/** The head and the beginning of an answer, and then nothing for as long as the connection lasts. */
export const begun =
  (text: string, onBegun: (response: http.ServerResponse) => void = () => {}): http.RequestListener =>
  (request, response) => {
    request.resume();
    response.writeHead(200, { 'content-type': 'application/json' });
    response.write(text, () => onBegun(response));
    response.flushHeaders();
  };
