import assert from 'node:assert/strict';
import type { ImageContent } from '../../../src/check/evidence/image-content.ts';
import type { FileEntry } from '../../../src/check/evidence/layer.ts';
import { grown, usualPayloads } from '../../../src/check/evidence/payloads.ts';

describe('a sample made long', () => {
  const of = (text: string, contentType: string): Buffer => grown({ body: Buffer.from(text), contentType }, 1000);

  it('is the same JSON', () => {
    const long = of('{"instances":[[1,2]]}', 'application/json; charset=utf-8');
    assert.equal(long.length, 1000);
    assert.deepEqual(JSON.parse(long.toString()), { instances: [[1, 2]] });
  });

  it('is whole rows of CSV, also where the last one has no end', () => {
    const long = of('1,2\n3,4', 'text/csv').toString();
    assert.ok(long.length > 980 && long.length <= 1000);
    assert.match(long, /^(1,2\n3,4\n)+$/);
  });

  it('is its bytes again and again, whatever they are', () => {
    assert.match(of('ab', 'application/x-image').toString(), /^(ab){500}$/);
    assert.equal(of('', 'text/csv').length, 1000);
  });
});

describe('samples that are made up', () => {
  const contentWith = (files: Readonly<Record<string, string>>): ImageContent => {
    const entries = Object.entries(files).map(([path, text]): [string, FileEntry] => [
      path,
      { kind: 'file', mode: 0o644, size: text.length, text },
    ]);
    return { layers: [], files: new Map(entries), history: [], waste: [], exposedPorts: [], unread: 0 };
  };

  it('begin with JSON and CSV, and end with what the programs of the image name', () => {
    const content = contentWith({
      '/opt/program/serve.py': 'if kind == "application/x-recordio": ...',
      '/usr/lib/python3/site-packages/other.py': 'TYPE = "application/x-other"',
    });
    const types = [...new Set([...usualPayloads(content)].map(({ contentType }) => contentType))];
    assert.deepEqual(types, ['application/json', 'text/csv', 'text/plain', 'application/x-recordio']);
  });
});
