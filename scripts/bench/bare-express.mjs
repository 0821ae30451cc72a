// A server: the least that Express and undici are between a client and the server of its argument.

import express from 'express';
import { Pool } from 'undici';

const [upstream] = process.argv.slice(2);
const pool = new Pool(upstream, { connections: 64, pipelining: 1 });
const app = express();
app.disable('x-powered-by').disable('etag');
app.post('/invocations', (request, response) => {
  const { host: _host, connection: _connection, ...headers } = request.headers;
  let controller;
  pool.dispatch(
    { method: 'POST', path: '/invocations', headers, body: request },
    {
      onRequestStart(own) {
        controller = own;
        response.on('drain', () => controller.resume());
      },
      onResponseStart(_controller, status, answered) {
        response.writeHead(status, answered);
      },
      onResponseData(_controller, chunk) {
        if (!response.write(chunk)) controller.pause();
      },
      onResponseEnd() {
        response.end();
      },
      onResponseError(_controller, error) {
        response.destroy(error);
      },
    },
  );
});
process.once('SIGINT', () => process.exit());
const server = app.listen(0, '127.0.0.1', () => process.send({ url: `http://127.0.0.1:${server.address().port}` }));
