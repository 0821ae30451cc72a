// Rows about S3 in `sm-local up`: large objects against `cp` of the same file on the same disk, small ones and whole clients against a server on
// Node that does nothing but write and read files.

import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { appendFile, copyFile, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { answerTo, operation, signed } from './aws.mjs';
import { alternately, difference, timed, valuesOf, whole } from './measure.mjs';
import { client, plainServer, programTime, temporaryHome, upProcess, using } from './processes.mjs';

/** `bench`: `{ rounds, report }`. */
export const objectRows = (bench) => [
  { id: 'object', run: () => served(bench, large) },
  { id: 'object', run: () => served(bench, busy) },
  { id: 'sdk', run: () => served(bench, throughSdk) },
  { id: 'multipart', run: () => served(bench, multipart) },
  { id: 'small', run: () => served(bench, small) },
  { id: 'keys', run: () => served(bench, keys) },
];

const size = 1e9;
const authorization = ['-H', signed('s3').slice(0, 2).join(': ')];

async function large({ rounds, report, up, bucket, plain, directory, source }) {
  const before = up.memory();
  const limited = Math.min(rounds, 3); // a gigabyte each
  const into = (make) => made(join(directory, 'made'), make);
  await copyFile(source, join(directory, '-bench-large')); // where the plain server has it
  // An ETag is an MD5, which one core works out, and which takes four times as long as the copying.
  const digesting = (path) => programTime('sh', ['-c', `md5sum "${source}" & cp "${source}" "${path}"; wait`]);
  const put = await alternately(
    limited,
    () => curl('-T', source, `${bucket}/large`),
    () => into(digesting),
  );
  const rate = { id: 'object', least: true, figure: (our, their) => their / our };
  report.row({ ...rate, title: 'S3, 1 GB put by curl, rate / cp beside md5sum', bar: 0.4 }, put);
  const get = await alternately(
    limited,
    () => into((path) => curl('-o', path, `${bucket}/large`)),
    () => into((path) => curl('-o', path, `${plain.url}/bench/large`)),
  );
  report.row({ ...rate, title: 'S3, 1 GB got by curl, rate / plain server', bar: 0.7 }, get);
  // Without a bar: curl alone, from a server that has the kernel send the file, takes three to four times as long as cp.
  const copies = [];
  for (const _round of put) copies.push(await into((path) => programTime('cp', [source, path])));
  const toCopies = (found) => found.map(({ our }, index) => ({ our, their: copies[index] }));
  report.row({ ...rate, title: 'the put / cp' }, toCopies(put));
  report.row({ ...rate, title: 'the get / cp' }, toCopies(get));
  if (before === undefined) return;
  const memory = [{ our: up.peakMemory() / 1e6, their: before / 1e6 }];
  report.row({ id: 'object', title: 'memory at most after both / before', bar: 100, figure: difference, unit: 'MB', of: ' MB' }, memory);
}

/** What others wait for while a large body comes in. */
async function busy({ rounds, report, up, bucket, source }) {
  await answerTo(`${bucket}/other`, { method: 'PUT', headers: signed('s3'), body: 'x' });
  const requests = {
    'GetObject of 1 byte': { url: `${bucket}/other`, method: 'GET', headers: signed('s3') },
    ListTrainingJobs: { url: `${up.url}/`, ...operation('ListTrainingJobs', {}) },
  };
  await using(client('./load.mjs'), async (load) => {
    for (const [name, request] of Object.entries(requests)) {
      const found = [];
      for (let round = 0; round < Math.min(rounds, 2); round += 1) {
        const idle = await load.ask({ ...request, connections: 1, count: 100 }).then(whole);
        const under = load.ask({ ...request, connections: 1, seconds: 600 });
        await curl('-T', source, `${bucket}/large`);
        load.tell('stop');
        found.push({ our: whole(await under), their: idle });
      }
      const row = { id: 'object', figure: difference, of: ' ms' };
      report.row({ ...row, title: `${name} while 1 GB is put, added median`, bar: 20 }, valuesOf(found, 'p50'));
      report.row({ ...row, title: `${name}, added p99` }, valuesOf(found, 'p99'));
    }
  });
}

/** What is put is digested here, twice where the client proves it; the plain server just writes. */
async function throughSdk({ report, up, directory, source, plain }) {
  await using(client('./sdk.mjs'), async ({ ask }) => {
    const job = { bucket: 'bench', key: 'large', path: source };
    const limited = 1; // half a minute each
    const put = await alternately(
      limited,
      () => ask({ ...job, how: 'put', url: up.url }),
      () => ask({ ...job, how: 'put', url: plain.url }),
    );
    report.row({ id: 'sdk', title: 'S3, 1 GB put by the SDK, as a stream / plain server', bar: 2.5 }, put);
    const got = { ...job, how: 'get', path: join(directory, 'got') };
    const get = await alternately(
      limited,
      () => ask({ ...got, url: up.url }),
      () => ask({ ...got, url: plain.url }),
    );
    report.row({ id: 'sdk', title: 'S3, 1 GB got by the SDK, as a stream / plain server', bar: 1.5 }, get);
  });
}

async function multipart({ report, up, source, plain }) {
  const program = ['/usr/bin/aws', '/usr/local/bin/aws'].find(existsSync);
  if (!program) return report.note({ id: 'multipart', title: 'aws s3 cp of 1 GB' }, {}, 'no aws here');
  const keys = { AWS_ACCESS_KEY_ID: 'bench', AWS_SECRET_ACCESS_KEY: 'bench', AWS_DEFAULT_REGION: 'us-east-1' };
  const env = { ...process.env, ...keys };
  const copied = (url) => programTime(program, ['s3', 'cp', '--only-show-errors', source, 's3://bench/parts', '--endpoint-url', url], env);
  const found = await alternately(
    1, // half a minute each
    () => copied(up.url),
    () => copied(plain.url),
  );
  report.row({ id: 'multipart', title: 'aws s3 cp of 1 GB, in parts / plain server', bar: 3 }, found);
}

async function small({ rounds, report, bucket, plain }) {
  await using(client('./load.mjs'), async ({ ask }) => {
    const rateOf = (job) => ask({ connections: 16, count: 1000, ...job }).then((found) => whole(found).requests / found.seconds);
    const row = { id: 'small', least: true, unit: '/s' };
    const asked = { put: { method: 'PUT', size: 1024 }, got: { method: 'GET' } };
    for (const [name, job] of Object.entries(asked)) {
      const found = await alternately(
        rounds,
        () => rateOf({ ...job, url: `${bucket}/small/#`, headers: signed('s3', 'Content-Type', 'text/plain') }),
        () => rateOf({ ...job, url: `${plain.url}/bench/small/#` }),
      );
      report.row({ ...row, title: `S3, objects/s of 1 KB ${name} on 16 connections / plain server`, bar: 0.2 }, found);
    }
  });
}

async function keys({ rounds, report, bucket, home }) {
  const directory = join(home, 'buckets', 'bench', 'many');
  await mkdir(directory);
  for (let number = 0; number < 10_000; number += 1) await writeFile(join(directory, `${number}`), 'x');
  const found = await alternately(
    rounds,
    () => timed(() => listed(bucket, 'many/', 10_000)),
    () => programTime('find', [directory, '-type', 'f', '-ls']),
  );
  report.row({ id: 'keys', title: 'S3, listing of 10 000 keys in pages / find -ls', bar: 20 }, found);
  report.row({ id: 'keys', title: 'a page of 1 000 of them', figure: (our) => our / 10, of: ' ms' }, found);
}

async function listed(bucket, prefix, expected) {
  let count = 0;
  let token = '';
  do {
    const more = token === '' ? '' : `&continuation-token=${encodeURIComponent(token)}`;
    const text = await answerTo(`${bucket}?list-type=2&prefix=${encodeURIComponent(prefix)}${more}`, {
      method: 'GET',
      headers: signed('s3'),
    });
    count += text.split('<Contents>').length - 1;
    [, token = ''] = /<NextContinuationToken>(.*?)<\/NextContinuationToken>/.exec(text) ?? [];
  } while (token !== '');
  if (count !== expected) throw new Error(`${count} of ${expected} keys were listed`);
}

/** `sm-local up` with a bucket, `bench`, the plain server, and a file of a gigabyte. */
const served = async (bench, measure) =>
  using(await temporaryHome(), async ({ path: home }) =>
    using(await upProcess(home), async (up) =>
      using(await plainServer(), async (plain) => {
        const bucket = `${up.url}/bench`;
        await answerTo(bucket, { method: 'PUT', headers: signed('s3') });
        await measure({ ...bench, home, up, plain, bucket, source: await gigabyte(bench), directory: plain.directory });
      }),
    ),
  );

/** A file of that size; one for all rows. */
async function gigabyte({ home }) {
  const path = join(home, 'gigabyte');
  if (existsSync(path)) return path;
  const part = randomBytes(size / 100);
  for (let number = 0; number < 100; number += 1) await appendFile(path, part);
  return path;
}

/** The file is removed again, which takes its time too. */
async function made(path, make) {
  const time = await make(path);
  await rm(path);
  return time;
}

const curl = (...args) => programTime('curl', ['-sS', '--fail', ...authorization, ...args]);
