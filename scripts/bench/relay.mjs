// A server between a client and the server of its first argument: `bytes` passes them on as they come, `http` reads and writes HTTP by Node's server
// and undici's client and does nothing else, with small bodies as a whole or, as `stream`, as they come. The least that a way through Node costs.

import http from 'node:http';
import net from 'node:net';
import { Pool } from 'undici';

const [upstream, how] = process.argv.slice(2);
const { hostname, port } = new URL(upstream);

const relay = (socket) => {
  const other = net.connect({ host: hostname, port, noDelay: true });
  socket.setNoDelay(true);
  socket.pipe(other).pipe(socket);
  for (const each of [socket, other]) each.on('error', () => [socket, other].forEach((one) => void one.destroy()));
};

const pool = new Pool(upstream, { connections: 64, pipelining: 1 });
const headersOf = ({ rawHeaders }) => rawHeaders.filter((_, index) => !/^(host|connection)$/i.test(rawHeaders[index - (index % 2)]));

const forward = (request, response) => {
  const headers = headersOf(request);
  const parts = [];
  request.on('data', (part) => parts.push(part));
  request.once('end', () => {
    pool.dispatch(
      { method: request.method, path: request.url, headers, body: parts.length === 1 ? parts[0] : Buffer.concat(parts) },
      {
        onRequestStart() {},
        onResponseStart: (_controller, status, answered) => response.writeHead(status, answered),
        onResponseData: (_controller, chunk) => response.write(chunk),
        onResponseEnd: () => response.end(),
        onResponseError: (_controller, error) => response.destroy(error),
      },
    );
  });
};

const stream = (request, response) => {
  let controller;
  pool.dispatch(
    { method: request.method, path: request.url, headers: headersOf(request), body: request },
    {
      onRequestStart(own) {
        controller = own;
        response.on('drain', () => controller.resume());
      },
      onResponseStart: (_controller, status, answered) => response.writeHead(status, answered),
      onResponseData(_controller, chunk) {
        if (!response.write(chunk)) controller.pause();
      },
      onResponseEnd: () => response.end(),
      onResponseError: (_controller, error) => response.destroy(error),
    },
  );
};

const server = how === 'bytes' ? net.createServer(relay) : http.createServer(how === 'stream' ? stream : forward);
process.once('SIGINT', () => process.exit());
server.listen(0, '127.0.0.1', () => process.send({ url: `http://127.0.0.1:${server.address().port}` }));
