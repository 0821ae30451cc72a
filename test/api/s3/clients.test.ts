import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import {
  CopyObjectCommand,
  CreateBucketCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadBucketCommand,
  ListBucketsCommand,
  NoSuchKey,
  NotFound,
  PutObjectCommand,
  paginateListObjectsV2,
  S3Client,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { request } from 'undici';
import { Random } from '../../store/random.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../../support/temporary-directory.ts';
import { type ServedS3, serveS3 } from './serving.ts';

const run = promisify(execFile);

// It says so once a process, on stderr, and we know.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';

describe('S3: clients as they are', () => {
  let server: ServedS3;
  let directory: TemporaryDirectory;
  beforeEach(async () => {
    server = await serveS3();
    directory = await temporaryDirectory();
  });
  afterEach(async () => {
    assert.deepEqual(server.failures, []);
    await directory[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
  });

  describe('the SDK for JavaScript', () => {
    const Bucket = 'js-bucket';
    let client: S3Client;
    beforeEach(async () => {
      client = new S3Client({
        endpoint: server.url,
        region: 'us-east-1',
        credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
        maxAttempts: 1,
      });
      await client.send(new CreateBucketCommand({ Bucket }));
    });
    afterEach(() => client.destroy());

    const textOf = async (Key: string): Promise<string | undefined> =>
      (await client.send(new GetObjectCommand({ Bucket, Key }))).Body?.transformToString();

    it('puts and gets texts, buffers and streams', async () => {
      await client.send(new PutObjectCommand({ Bucket, Key: 'text', Body: 'abc', Metadata: { a: '1' } }));
      await client.send(new PutObjectCommand({ Bucket, Key: 'a b+ü/🙂', Body: Buffer.from('abc') }));
      assert.deepEqual([await textOf('text'), await textOf('a b+ü/🙂')], ['abc', 'abc']);
      const content = new Random(5).bytes(300_000);
      const path = join(directory.path, 'file');
      await writeFile(path, content);
      await client.send(new PutObjectCommand({ Bucket, Key: 'stream', Body: createReadStream(path) }));
      const got = await client.send(new GetObjectCommand({ Bucket, Key: 'stream', ChecksumMode: 'ENABLED' }));
      assert.ok(Buffer.from((await got.Body?.transformToByteArray()) ?? []).equals(content));
      assert.ok(got.ChecksumCRC32, 'the checksum came in a trailer');
      for (const ChecksumAlgorithm of ['CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'] as const) {
        await client.send(new PutObjectCommand({ Bucket, Key: 'sum', Body: createReadStream(path), ChecksumAlgorithm }));
        const { Body } = await client.send(new GetObjectCommand({ Bucket, Key: 'sum', ChecksumMode: 'ENABLED' }));
        assert.equal((await Body?.transformToByteArray())?.length, content.length, ChecksumAlgorithm);
      }
    });

    it('knows our errors', async () => {
      await assert.rejects(client.send(new GetObjectCommand({ Bucket, Key: 'none' })), NoSuchKey);
      await assert.rejects(client.send(new HeadBucketCommand({ Bucket: 'none-such' })), NotFound);
      const unless = { Bucket, Key: 'a', Body: 'x', IfNoneMatch: '*' };
      await client.send(new PutObjectCommand(unless));
      await assert.rejects(client.send(new PutObjectCommand(unless)), { name: 'PreconditionFailed' });
    });

    it('lists, copies and removes', async () => {
      const Objects = Array.from({ length: 5 }, (_, index) => ({ Key: `dir/${index}` }));
      for (const { Key } of Objects) await client.send(new PutObjectCommand({ Bucket, Key, Body: Key }));
      await client.send(new CopyObjectCommand({ Bucket, Key: 'copy', CopySource: encodeURI(`${Bucket}/dir/0`) }));
      const keys: (string | undefined)[] = [];
      for await (const page of paginateListObjectsV2({ client, pageSize: 2 }, { Bucket }))
        keys.push(...(page.Contents ?? []).map(({ Key }) => Key));
      assert.deepEqual(keys, ['copy', ...Objects.map(({ Key }) => Key)]);
      assert.equal((await client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }))).Deleted?.length, 5);
      assert.deepEqual(
        (await client.send(new ListBucketsCommand({}))).Buckets?.map(({ Name }) => Name),
        [Bucket],
      );
    });

    it('uploads streams of unknown length in parts', async () => {
      const content = new Random(6).bytes(11_000_000);
      const upload = new Upload({
        client,
        params: { Bucket, Key: 'big', Body: Readable.from([content.subarray(0, 4_000_000), content.subarray(4_000_000)]) },
      });
      assert.match((await upload.done()).ETag ?? '', /-3"$/);
      const { Body } = await client.send(new GetObjectCommand({ Bucket, Key: 'big', ChecksumMode: 'ENABLED' }));
      assert.ok(Buffer.from((await Body?.transformToByteArray()) ?? []).equals(content));
    });

    it('signs addresses for others', async () => {
      const put = await getSignedUrl(client, new PutObjectCommand({ Bucket, Key: 'signed', Metadata: { a: '1' } }), { expiresIn: 60 });
      assert.equal((await request(put, { method: 'PUT', body: 'abc' })).statusCode, 200);
      const get = await getSignedUrl(client, new GetObjectCommand({ Bucket, Key: 'signed', ResponseContentType: 'text/csv' }), {
        expiresIn: 60,
      });
      const { headers, body } = await request(get);
      assert.deepEqual([await body.text(), headers['content-type'], headers['x-amz-meta-a']], ['abc', 'text/csv', '1']);
    });
  });

  const source = (name: string): string => fileURLToPath(import.meta.resolve(`../../../../test/api/s3/${name}`));

  for (const { module, name, script } of [
    { module: 'boto3', name: 'boto3', script: 'boto.py' },
    { module: 'awscli', name: 'the AWS CLI', script: 'cli.py' },
  ]) {
    const found = versionsOf(module);
    if (found.length === 0) process.stderr.write(`S3: ${name} is not installed here, so that nothing is tried with it.\n`);
    for (const { python, version } of found) {
      it(`${name} ${version}`, async function () {
        this.timeout(120_000);
        const { stdout } = await run(python, [source(script), server.url], { env: cleanEnvironment(directory.path), cwd: directory.path });
        assert.equal(stdout, '');
      });
    }
  }
});

/** Nothing of whoever runs the tests. */
const cleanEnvironment = (home: string): NodeJS.ProcessEnv => ({
  PATH: process.env.PATH,
  HOME: home,
  AWS_ACCESS_KEY_ID: 'test',
  AWS_SECRET_ACCESS_KEY: 'test',
  AWS_DEFAULT_REGION: 'us-east-1',
  LC_ALL: 'C.UTF-8',
  AWS_CONFIG_FILE: join(home, 'none'),
  AWS_SHARED_CREDENTIALS_FILE: join(home, 'none'),
  AWS_EC2_METADATA_DISABLED: 'true',
});

/** Of what Python the machine has the module in; each version once. */
function versionsOf(module: string): readonly { readonly python: string; readonly version: string }[] {
  const found = ['/usr/bin/python3', 'python3'].flatMap((python) => {
    try {
      const args = ['-c', `import ${module}; print(${module}.__version__)`];
      return { python, version: execFileSync(python, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim() };
    } catch {
      return [];
    }
  });
  return found.filter(({ version }, index) => found.findIndex((other) => other.version === version) === index);
}
