import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import zlib from 'node:zlib';
import { type Header, pack } from 'tar-stream';
import { readImageContent } from '../../../src/check/evidence/image-content.ts';
import type { Engine, Image } from '../../../src/engine/engine.ts';
import { begun, cannedEngine } from '../../support/canned-engine.ts';
import { rejectionOf } from '../../support/containers.ts';

type Member = Partial<Omit<Header, 'size'>> & { readonly name: string } & { readonly content?: string | Buffer };

async function tarOf(...members: readonly Member[]): Promise<Buffer> {
  const archive = pack();
  const whole = buffer(archive);
  for (const { content = '', ...header } of members) archive.entry(header, content);
  archive.finalize();
  return await whole;
}

const image = { id: 'sha256:1', tags: ['a:1'], size: 1, os: 'linux', architecture: 'amd64' } as unknown as Image;
const engineWith = (save: () => Readable): Engine => ({ images: { save: async () => save() } }) as unknown as Engine;
const signal = new AbortController().signal;
const read = (archive: Buffer) =>
  readImageContent(
    engineWith(() => Readable.from([archive.subarray(0, 700), archive.subarray(700)])),
    image,
    { signal, onProgress: () => {} },
  );

const config = (more: object = {}): string => JSON.stringify({ os: 'linux', architecture: 'amd64', ...more });
const blob = (content: Buffer | string): string => `blobs/sha256/${createHash('sha256').update(content).digest('hex')}`;

describe('the archive of an image', () => {
  const lower = () =>
    tarOf(
      { name: 'etc/', type: 'directory', mode: 0o755 },
      { name: 'etc/one', content: 'one' },
      { name: 'srv/old/deep', content: 'deep' },
      { name: 'srv/gone', content: 'gone!' },
      { name: 'usr/bin/tool', mode: 0o755, content: '#!/bin/sh\n' },
      { name: 'bin', type: 'symlink', linkname: 'usr/bin' },
    );
  const upper = () =>
    tarOf(
      { name: 'srv/.wh.gone' },
      { name: 'srv/old/.wh..wh..opq' },
      { name: 'srv/old/new', content: 'new' },
      { name: 'bin/other', mode: 0o755, content: 'x' },
      { name: 'etc/one', content: 'uno!' },
      { name: 'etc/same', type: 'link', linkname: 'etc/one' },
    );
  const expected = [
    '/bin',
    '/etc',
    '/etc/one',
    '/etc/same',
    '/srv',
    '/srv/old',
    '/srv/old/new',
    '/usr',
    '/usr/bin',
    '/usr/bin/other',
    '/usr/bin/tool',
  ];

  it('may have a directory for each layer, and the manifest last', async () => {
    const content = await read(
      await tarOf(
        { name: 'b/layer.tar', content: await upper() },
        { name: 'b/json', content: '{}' },
        { name: 'b/VERSION', content: '' },
        { name: 'a/layer.tar', content: await lower() },
        { name: 'c/layer.tar', type: 'symlink', linkname: '../a/layer.tar' },
        {
          name: '1.json',
          content: config({ history: [{ created_by: 'A' }, { created_by: 'ENV X=1', empty_layer: true }, { created_by: 'B' }] }),
        },
        { name: 'manifest.json', content: JSON.stringify([{ Config: '1.json', Layers: ['c/layer.tar', 'b/layer.tar'] }]) },
      ),
    );
    assert.deepEqual([...content.files.keys()].sort(), expected);
    assert.deepEqual(
      content.layers.map(({ instruction }) => instruction),
      ['A', 'B'],
    );
    assert.deepEqual(content.history, ['A', 'ENV X=1', 'B']);
    assert.deepEqual(content.waste, [
      { path: '/srv/gone', bytes: 5, from: 0, by: 1 },
      { path: '/srv/old/deep', bytes: 4, from: 0, by: 1 },
      { path: '/etc/one', bytes: 3, from: 0, by: 1 },
    ]);
    assert.deepEqual([content.files.get('/etc/same')?.size, content.files.get('/etc/same')?.sameAs], [4, '/etc/one']);
  });

  it('may be a layout of OCI with compressed layers, of several platforms', async () => {
    const layers = [zlib.gzipSync(await lower()), await upper()] as const;
    const other = config({ architecture: 'arm64' });
    const own = config({ config: { ExposedPorts: { '8080/tcp': {} } } });
    const manifests = [
      { Config: blob(other), Layers: [blob(layers[1])] },
      { Config: blob(own), Layers: layers.map(blob) },
    ];
    const content = await read(
      await tarOf(
        ...[other, own, ...layers].map((each) => ({ name: blob(each), content: each })),
        { name: 'oci-layout', content: '{"imageLayoutVersion":"1.0.0"}' },
        { name: 'index.json', content: '{}' },
        { name: 'manifest.json', content: JSON.stringify(manifests) },
      ),
    );
    assert.deepEqual([...content.files.keys()].sort(), expected);
    assert.deepEqual([content.exposedPorts, content.layers[0]?.instruction], [['8080/tcp'], '']);
  });

  it('compressed with zstd is read where Node knows that, and refused in plain words where not', async () => {
    const { zstdCompressSync } = zlib as { zstdCompressSync?: (content: Buffer) => Buffer };
    const layer = zstdCompressSync?.(await lower()) ?? Buffer.from('28b52ffd0000', 'hex');
    const archive = await tarOf(
      { name: blob(layer), content: layer },
      { name: '1.json', content: config() },
      { name: 'manifest.json', content: JSON.stringify([{ Config: '1.json', Layers: [blob(layer)] }]) },
    );
    if (zstdCompressSync) assert.ok((await read(archive)).files.has('/etc/one'));
    else assert.match((await rejectionOf('ImageUnreadable', read(archive))).message, /^What is in the image a:1 .*zstd.*22\.15/);
  });

  it('of no layers is an image of nothing', async () => {
    const manifest = { Config: '1.json', Layers: null };
    const content = await read(
      await tarOf({ name: '1.json', content: config() }, { name: 'manifest.json', content: JSON.stringify([manifest]) }),
    );
    assert.deepEqual([content.files.size, content.layers.length], [0, 0]);
  });

  it('that is cut off, or that lacks something, is no image', async () => {
    const whole = await tarOf({ name: 'manifest.json', content: JSON.stringify([{ Config: '1.json', Layers: ['x/layer.tar'] }]) });
    for (const archive of [await tarOf(), whole, whole.subarray(0, 600), Buffer.from('no archive at all'.repeat(100))]) {
      await rejectionOf('ImageUnreadable', read(archive));
    }
  });

  it('is not read on when nobody wants it any more, nor when the engine goes away', async () => {
    const start = (await tarOf({ name: 'a/layer.tar', content: Buffer.alloc(100_000) })).subarray(0, 20_000).toString('latin1');
    const controller = new AbortController();
    await using silent = await cannedEngine({ 'GET /images/sha256:1/get': begun(start, () => controller.abort(new Error('enough'))) });
    const given = { signal: controller.signal, onProgress: () => {} };
    await assert.rejects(readImageContent(silent.engine, image, given), /enough/);

    await using gone = await cannedEngine({ 'GET /images/sha256:1/get': begun(start, (response) => response.destroy()) });
    await rejectionOf('EngineUnreachable', readImageContent(gone.engine, image, { signal, onProgress: () => {} }));
  });
});
