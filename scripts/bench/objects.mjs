// S3 in `sm-local up`: large objects against `cp` of the same file on the same disk, small ones and whole clients against a server on Node that
// does nothing but write and read files.

import { copyFile, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { answerTo, operation, signed } from './aws.mjs';
import { largeFile } from './data.mjs';
import { alternately, perSecond, timed, whole } from './measure.mjs';
import { client, plainServer, programTime, upProcess, using } from './processes.mjs';
import { need } from './programs.mjs';

const authorization = ['-H', signed('s3').slice(0, 2).join(': ')];

/** `{ put, get, memory }`: milliseconds, and MB over what the process had before. */
export const large = (workshop) =>
  served(workshop, async ({ up, bucket, plain, directory }) => {
    need('curl');
    const source = await largeFileOf(workshop);
    const before = up.memory();
    const into = (make) => made(join(directory, 'made'), make);
    await copyFile(source, join(directory, '-bench-large')); // where the plain server has it
    // An ETag is an MD5, which one core works out, and which takes four times as long as the copying.
    const digesting = (path) => programTime('sh', ['-c', `md5sum "${source}" & cp "${source}" "${path}"; wait`]);
    return await alternately(
      { ...roundsOf(workshop), rounds: Math.min(workshop.rounds.heavy, 3) }, // a gigabyte each
      async () => ({
        put: await curl('-T', source, `${bucket}/large`),
        get: await into((path) => curl('-o', path, `${bucket}/large`)),
        memory: (up.peakMemory() - before) / 1e6,
      }),
      async () => ({
        put: await into(digesting),
        get: await into((path) => curl('-o', path, `${plain.url}/bench/large`)),
        memory: 0,
      }),
    );
  });

/** What others wait for while a large body comes in: request -> the median in milliseconds, then and before. */
export const busy = (workshop) =>
  served(workshop, async ({ up, bucket }) => {
    need('curl');
    const source = await largeFileOf(workshop);
    await answerTo(`${bucket}/other`, { method: 'PUT', headers: signed('s3'), body: 'x' });
    const requests = {
      GetObject: { url: `${bucket}/other`, method: 'GET', headers: signed('s3') },
      ListTrainingJobs: { url: `${up.url}/`, ...operation('ListTrainingJobs', {}) },
    };
    return await using(client('./load.mjs'), async (load) => {
      const found = [];
      for (let round = 0; round < Math.min(workshop.rounds.heavy, 2); round += 1) {
        const [our, their] = [{}, {}];
        for (const [name, request] of Object.entries(requests)) {
          workshop.signal.throwIfAborted();
          their[name] = whole(await load.ask({ ...request, connections: 1, count: 100 })).p50;
          const under = load.ask({ ...request, connections: 1, seconds: 600 });
          await curl('-T', source, `${bucket}/large`);
          load.tell('stop');
          our[name] = whole(await under).p50;
        }
        found.push({ our, their });
      }
      return found;
    });
  });

/** What is put by AWS's SDK is digested here, twice where the client proves it; the plain server just writes. `{ put, get }` */
export const sdk = (workshop) =>
  served(workshop, ({ up, directory, plain }) =>
    using(client('./sdk.mjs'), async ({ ask }) => {
      const source = await largeFileOf(workshop);
      const job = { bucket: 'bench', key: 'large', path: source };
      const times = async (url) => ({
        put: await ask({ ...job, how: 'put', url }),
        get: await ask({ ...job, how: 'get', path: join(directory, 'got'), url }),
      });
      return await alternately(
        { ...roundsOf(workshop), rounds: 1 }, // half a minute each
        () => times(up.url),
        () => times(plain.url),
      );
    }),
  );

/** `aws s3 cp`, in parts. */
export const multipart = (workshop) =>
  served(workshop, async ({ up, plain }) => {
    need('aws');
    const source = await largeFileOf(workshop);
    const keys = { AWS_ACCESS_KEY_ID: 'bench', AWS_SECRET_ACCESS_KEY: 'bench', AWS_DEFAULT_REGION: 'us-east-1' };
    const env = { ...process.env, ...keys };
    const args = ['s3', 'cp', '--only-show-errors', source, 's3://bench/parts', '--endpoint-url'];
    return await alternately(
      { ...roundsOf(workshop), rounds: 1 }, // half a minute each
      () => programTime('aws', [...args, up.url], { env }),
      () => programTime('aws', [...args, plain.url], { env }),
    );
  });

/**
 * Objects of a kilobyte a second, on 16 connections: `{ put, whole, get, limit }`; `put` beside files that are written over where they are, `whole`
 * beside files that are there whole or not at all, `limit` these two beside each other.
 */
export const small = (workshop) =>
  served(workshop, ({ bucket, plain }) =>
    using(client('./load.mjs'), async ({ ask }) => {
      const rate = async (job) => perSecond(whole(await ask({ connections: 16, count: 1000, ...job })));
      const headers = signed('s3', 'Content-Type', 'text/plain');
      const found = await alternately(
        roundsOf(workshop),
        async () => {
          const put = await rate({ url: `${bucket}/small/#`, method: 'PUT', size: 1024, headers });
          return { put, whole: put, get: await rate({ url: `${bucket}/small/#`, method: 'GET', headers }) };
        },
        async () => ({
          put: await rate({ url: `${plain.url}/bench/small/#`, method: 'PUT', size: 1024 }),
          whole: await rate({ url: `${plain.url}/bench/small/#?whole`, method: 'PUT', size: 1024 }),
          get: await rate({ url: `${plain.url}/bench/small/#`, method: 'GET' }),
        }),
      );
      return found.map(({ our, their }) => ({ our: { ...our, limit: their.whole }, their: { ...their, limit: their.put } }));
    }),
  );

/** A listing of many keys in pages, in milliseconds. */
export const keys = (workshop) =>
  served(workshop, async ({ bucket, home }) => {
    const { files } = workshop.amounts;
    const directory = join(home, 'buckets', 'bench', 'many');
    await mkdir(directory);
    for (let number = 0; number < files; number += 1) await writeFile(join(directory, `${number}`), 'x');
    return await alternately(
      roundsOf(workshop),
      () => timed(() => listed(bucket, 'many/', files)),
      () => programTime('find', [directory, '-type', 'f', '-ls']),
    );
  });

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

/** Only for who needs it: the disk is busy for a while with what was written. */
const largeFileOf = (workshop) => largeFile(workshop, workshop.amounts.objectMegabytes);

/** `sm-local up` with a bucket, `bench`, and the plain server. */
const served = (workshop, measure) =>
  using(workshop.directory(), ({ path: home }) =>
    using(upProcess(home), (up) =>
      using(plainServer(workshop), async (plain) => {
        const bucket = `${up.url}/bench`;
        await answerTo(bucket, { method: 'PUT', headers: signed('s3') });
        return await measure({ home, up, plain, bucket, directory: plain.directory });
      }),
    ),
  );

/** The file is removed again, which takes its time too. */
async function made(path, make) {
  const time = await make(path);
  await rm(path);
  return time;
}

const curl = (...args) => programTime('curl', ['-sS', '--fail', ...authorization, ...args]);

const roundsOf = ({ rounds, signal }) => ({ rounds: rounds.jobs, signal });
