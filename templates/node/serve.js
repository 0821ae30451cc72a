// SageMaker starts this program as `serve`. It answers on port 8080:
//
// GET /ping                   200 as soon as the model is there
// POST /invocations           a prediction for each row of a text/csv or application/json body
// GET /execution-parameters   how a batch transform job should ask

import { createServer } from 'node:http';
import { availableParallelism } from 'node:os';
import { buffer } from 'node:stream/consumers';
import { Predictors } from './predictors.js';

const stopGrace = 20_000; // SageMaker kills 30 seconds after SIGTERM

// The first process of a container does not react to SIGTERM until it says how.
let server;
process.on('SIGTERM', stop);

const workers = Math.min(availableParallelism(), 8);
const predictors = new Predictors(workers);
await predictors.ready;

server = createServer({ keepAliveTimeout: 75_000 }, (request, response) => {
  answer(request).then(
    ({ status, type, body }) => {
      response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body) }).end(body);
      if (request.url !== '/ping') console.log(`${request.method} ${request.url} ${status}`);
    },
    (error) => {
      if (request.destroyed && !request.complete) return; // the client has gone away
      console.error(error);
      response.writeHead(500, { 'content-length': 0 }).end();
    },
  );
});
const port = Number(process.env.SAGEMAKER_BIND_TO_PORT ?? 8080);
server.listen({ port, host: '0.0.0.0', backlog: 511 }, () => console.log(`serving on port ${port}`));

async function answer(request) {
  const path = request.url.split('?')[0];
  const body = await buffer(request); // also before a refusal, for the next request follows on the same connection
  switch (`${request.method} ${path}`) {
    case 'GET /ping':
      return { status: 200, type: 'text/plain', body: '' };
    case 'GET /execution-parameters':
      return json(200, { MaxConcurrentTransforms: workers, BatchStrategy: 'MULTI_RECORD', MaxPayloadInMB: 6 });
    case 'POST /invocations':
      return await predictors.ask({ body, contentType: request.headers['content-type'] ?? '', accept: request.headers.accept ?? '' });
    default:
      return json(404, { error: `there is nothing at ${request.method} ${path}` });
  }
}

function json(status, content) {
  return { status, type: 'application/json', body: JSON.stringify(content) };
}

/** Answers what has been taken in, and no more. */
function stop() {
  const end = () => process.exit(0);
  if (!server?.listening) end();
  server.close(end);
  server.closeIdleConnections();
  setTimeout(end, stopGrace).unref();
}
