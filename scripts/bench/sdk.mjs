// A client in a process of its own: AWS's SDK for S3. Asked `{ how, url, bucket, key, path }` it puts a file as a stream, or gets an object into
// one, and answers how many milliseconds that took.

import { createReadStream, createWriteStream } from 'node:fs';
import { rm, stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { timed } from './measure.mjs';

const credentials = { accessKeyId: 'bench', secretAccessKey: 'bench' };
const ways = { put, get };

process.on('message', async ({ how, url, ...job }) => {
  const s3 = new S3Client({ endpoint: url, region: 'us-east-1', forcePathStyle: true, credentials });
  process.send(await ways[how](s3, job));
  s3.destroy();
});

async function put(s3, { bucket, key, path }) {
  const { size } = await stat(path);
  const input = { Bucket: bucket, Key: key, ContentLength: size };
  return await timed(() => s3.send(new PutObjectCommand({ ...input, Body: createReadStream(path, { highWaterMark: 256 * 1024 }) })));
}

async function get(s3, { bucket, key, path }) {
  const time = await timed(async () => {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    await pipeline(Body, createWriteStream(path));
  });
  await rm(path);
  return time;
}
