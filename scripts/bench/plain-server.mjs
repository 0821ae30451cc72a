// The least that a server on Node can do, in a process of its own: what sm-local's API is compared with. Everything it is given lies in the
// directory of its argument. It sends `{ url }`.

import { createReadStream, createWriteStream } from 'node:fs';
import { open, rename, stat } from 'node:fs/promises';
import http from 'node:http';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';

const [directory] = process.argv.slice(2);
let count = 0;
let puts = 0;

const server = http.createServer((request, response) => {
  const { pathname, search } = new URL(request.url, 'http://localhost');
  const file = join(directory, pathname.replaceAll('/', '-'));
  answer(request, response, file, search).catch((error) => response.destroy(error));
});
server.listen(0, '127.0.0.1', () => process.send({ url: `http://127.0.0.1:${server.address().port}` }));

async function answer(request, response, file, search) {
  if (search === '?whole') await putWhole(request, file);
  else if (request.method === 'PUT') await pipeline(request, createWriteStream(file + (/partNumber=\d+/.exec(search)?.[0] ?? '')));
  if (request.method === 'GET') return await read(response, file);
  if (request.method === 'POST') return response.end(await posted(request, search));
  response.setHeader('ETag', '"0"').end();
}

/** There whole or not at all, as an object of S3 is: what the file held before goes only then. */
async function putWhole(request, file) {
  puts += 1;
  const beside = `${file}.${puts}`;
  await pipeline(request, createWriteStream(beside, { flags: 'wx' }));
  await rename(beside, file);
}

async function read(response, file) {
  response.setHeader('Content-Length', (await stat(file)).size);
  await pipeline(createReadStream(file, { highWaterMark: 256 * 1024 }), response);
}

/** What is created goes to the disk; of an upload in parts nothing is made. */
async function posted(request, search) {
  let body = '';
  for await (const text of request.setEncoding('utf8')) body += text;
  if (search.startsWith('?uploads')) return '<InitiateMultipartUploadResult><UploadId>0</UploadId></InitiateMultipartUploadResult>';
  if (search !== '') return '<CompleteMultipartUploadResult><ETag>"0"</ETag></CompleteMultipartUploadResult>';
  if (request.headers['x-amz-target'] === 'SageMaker.Read') return '{}';
  count += 1;
  const file = await open(join(directory, `${count}.json`), 'wx');
  await file.writeFile(body);
  await file.datasync();
  await file.close();
  return '{}';
}
