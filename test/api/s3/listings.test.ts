import assert from 'node:assert/strict';
import { ask, codeIn, textsOf } from './asking.ts';
import { type ServedS3, serveS3 } from './serving.ts';

describe('S3: listings', () => {
  let server: ServedS3;
  const keys = ['a', 'a-b', 'a/', 'a/b', 'a/c/d', 'a0', 'b/e', '\uff01', '\u{1f600}'];
  before(async () => {
    server = await serveS3();
    await ask(server, 'PUT', '/bucket');
    for (const key of keys) await ask(server, 'PUT', `/bucket/${key.split('/').map(encodeURIComponent).join('/')}`, { body: key });
  });
  after(async () => {
    assert.deepEqual(server.failures, []);
    await server[Symbol.asyncDispose]();
  });

  const list = async (query: string) => {
    const { status, text } = await ask(server, 'GET', `/bucket?${query}`);
    const groups =
      textsOf(text, 'CommonPrefixes').length > 0 ? [] : [...text.matchAll(/<CommonPrefixes><Prefix>([^<]*)</g)].map(([, group]) => group);
    const of = (name: string) => textsOf(text, name)[0];
    return { status, text, keys: textsOf(text, 'Key'), groups, of };
  };

  for (const version of ['', 'list-type=2&']) {
    describe(`of version ${version === '' ? 1 : 2}`, () => {
      it('are in the order of UTF-8 bytes', async () => {
        const all = await list(version);
        assert.deepEqual(all.keys, keys);
        assert.deepEqual(
          [all.of('Name'), all.of('MaxKeys'), all.of('IsTruncated'), all.of('EncodingType')],
          ['bucket', '1000', 'false', undefined],
        );
        assert.deepEqual(
          textsOf(all.text, 'Size').map(Number),
          keys.map((key) => Buffer.byteLength(key)),
        );
        assert.match(all.of('ETag') ?? '', /^&quot;[0-9a-f]{32}&quot;$/);
      });

      it('begin with a prefix and are grouped by a delimiter', async () => {
        assert.deepEqual((await list(`${version}prefix=a%2F`)).keys, ['a/', 'a/b', 'a/c/d']);
        const grouped = await list(`${version}delimiter=/`);
        assert.deepEqual(
          [grouped.keys, grouped.groups],
          [
            ['a', 'a-b', 'a0', '\uff01', '\u{1f600}'],
            ['a/', 'b/'],
          ],
        );
        const below = await list(`${version}delimiter=/&prefix=a/`);
        assert.deepEqual([below.keys, below.groups], [['a/', 'a/b'], ['a/c/']]);
      });

      it('go on where the page before has ended, groups too', async () => {
        for (const size of [1, 2, 3]) {
          const found: string[] = [];
          let next = '';
          for (let page = 0; page < 20; page += 1) {
            const part = await list(`${version}delimiter=/&max-keys=${size}${next}`);
            found.push(...part.keys, ...part.groups.map((group) => `[${group}]`));
            assert.ok(part.keys.length + part.groups.length <= size);
            if (part.of('IsTruncated') === 'false') break;
            const [name, value] =
              version === '' ? ['marker', part.of('NextMarker')] : ['continuation-token', part.of('NextContinuationToken')];
            next = `&${name}=${encodeURIComponent(value ?? '')}`;
          }
          assert.deepEqual(found.sort(), ['a', 'a-b', '[a/]', 'a0', '[b/]', '\uff01', '\u{1f600}'].sort(), `${size}`);
        }
      });

      it('can be written in percent codes', async () => {
        const encoded = await list(`${version}encoding-type=url&prefix=%EF%BC%81`);
        assert.deepEqual([encoded.keys, encoded.of('Prefix'), encoded.of('EncodingType')], [['%EF%BC%81'], '%EF%BC%81', 'url']);
      });

      it('refuse numbers and encodings that are none', async () => {
        for (const query of ['max-keys=-1', 'max-keys=x', 'max-keys=99999999999', 'encoding-type=base64']) {
          const { status, text } = await list(version + query);
          assert.deepEqual([status, textsOf(text, 'Code')], [400, ['InvalidArgument']], query);
        }
        const none = await list(`${version}max-keys=0`);
        assert.deepEqual([none.keys, none.of('IsTruncated')], [[], 'false']);
        assert.equal((await list(`${version}max-keys=5000`)).of('MaxKeys'), '1000');
      });
    });
  }

  it('of version 1 go on after a marker', async () => {
    const page = await list('max-keys=2&marker=a-b');
    assert.deepEqual(
      [page.keys, page.of('Marker'), page.of('NextMarker'), page.of('IsTruncated')],
      [['a/', 'a/b'], 'a-b', undefined, 'true'],
    );
  });

  it('of version 2 count groups, and start after a key', async () => {
    const page = await list('list-type=2&delimiter=/&start-after=a-b&fetch-owner=true');
    assert.deepEqual(
      [page.of('KeyCount'), page.keys, page.groups, page.of('StartAfter')],
      ['5', ['a0', '\uff01', '\u{1f600}'], ['a/', 'b/'], 'a-b'],
    );
    assert.equal(textsOf(page.text, 'DisplayName').length, 3);
    const reply = await ask(server, 'GET', '/bucket?list-type=2&continuation-token=abc');
    assert.deepEqual([reply.status, codeIn(reply)], [400, 'InvalidArgument']);
  });

  it('write keys so that clients can read them', async () => {
    await using odd = await serveS3();
    await ask(odd, 'PUT', '/bucket');
    for (const path of ['%3C%26%22%3E', 'a%0Ab', 'c+d%20e']) await ask(odd, 'PUT', `/bucket/${path}`, { body: 'x' });
    const plain = await ask(odd, 'GET', '/bucket');
    assert.deepEqual(textsOf(plain.text, 'Key'), ['&lt;&amp;&quot;&gt;', 'a&#xa;b', 'c+d e']);
    const encoded = await ask(odd, 'GET', '/bucket?encoding-type=url&delimiter=%20');
    assert.deepEqual(
      [textsOf(encoded.text, 'Key'), textsOf(encoded.text, 'Prefix'), textsOf(encoded.text, 'Delimiter')],
      [['%3C%26%22%3E', 'a%0Ab'], ['', 'c%2Bd%20'], ['%20']],
    );
  });
});
