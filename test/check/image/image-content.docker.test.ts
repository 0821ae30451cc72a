import assert from 'node:assert/strict';
import { findProgram } from '../../../src/check/evidence/find-program.ts';
import { readImageContent } from '../../../src/check/evidence/image-content.ts';
import { resolvePath } from '../../../src/check/evidence/image-paths.ts';
import type { ProgressEvent } from '../../../src/progress.ts';
import { rejectionOf } from '../../support/containers.ts';
import { temporaryImage, testEngine } from '../../support/real-engine.ts';

describe('the content of an image', function () {
  this.timeout(60_000);
  const engine = testEngine();
  after(() => engine[Symbol.asyncDispose]());
  const never = new AbortController().signal;

  it('is what a container finds, layer by layer', async () => {
    await using image = await temporaryImage([
      'RUN mkdir -p /srv/kept /srv/emptied && echo one > /srv/gone && echo two > /srv/replaced && echo three > /srv/emptied/old',
      'RUN rm /srv/gone && echo newer > /srv/replaced && rm -r /srv/emptied && mkdir /srv/emptied && echo four > /srv/emptied/new',
      `RUN printf '#!/bin/sh -e\\nexec true\\n' > /srv/script && chmod 750 /srv/script && ln /srv/script /srv/same && ln -s srv/script /link`,
      'ENV PATH=/srv:/bin',
      'EXPOSE 8080',
    ]);
    const told: ProgressEvent[] = [];
    const content = await readImageContent(engine, image, { signal: never, onProgress: (event) => told.push(event) });
    const { files } = content;
    const paths = [...files.keys()].filter((path) => path.startsWith('/srv'));
    assert.deepEqual(paths.sort(), [
      ...['/srv', '/srv/emptied', '/srv/emptied/new', '/srv/kept', '/srv/replaced', '/srv/same', '/srv/script'],
    ]);
    const script = {
      kind: 'file',
      mode: 0o750,
      size: 23,
      text: '#!/bin/sh -e\nexec true\n',
      program: { form: 'script', line: '/bin/sh -e' },
    };
    const [one, other] = ['/srv/script', '/srv/same'].map((path) => files.get(path));
    assert.deepEqual(
      [one, other].map((entry) => ({ ...entry, sameAs: undefined })),
      [script, script].map((each) => ({ ...each, sameAs: undefined })),
    );
    assert.equal([one, other].filter((entry) => entry?.sameAs !== undefined).length, 1);
    assert.equal(files.get('/srv/replaced')?.size, 6);
    assert.deepEqual(content.waste.map(({ path, bytes }) => [path, bytes]).sort(), [
      ...[
        ['/srv/emptied/old', 6],
        ['/srv/gone', 4],
        ['/srv/replaced', 4],
      ],
    ]);
    const [last] = content.layers.slice(-1);
    assert.match(last?.instruction ?? '', /printf/);
    assert.ok(last?.entries.has('/link') && !last.entries.has('/srv/replaced'));
    assert.deepEqual([content.exposedPorts, content.history.length >= 5, content.unread], [['8080/tcp'], true, 0]);
    assert.deepEqual([resolvePath(files, '/link'), resolvePath(files, '/usr/../srv//script')], ['/srv/script', '/srv/script']);
    const sh = findProgram(content, image, 'sh');
    assert.ok(sh.state === 'found' && sh.entry.program?.form === 'elf' && sh.entry.program.architecture === image.architecture);
    assert.equal(findProgram(content, image, 'script').state, 'found');
    assert.deepEqual(findProgram(content, image, 'nothing'), { state: 'missing' });
    assert.ok(told.every(({ done, total }) => done <= (total ?? 0) || total === undefined));
  });

  it('of an image that is gone cannot be had', async () => {
    const image = await temporaryImage(['RUN true']);
    await image[Symbol.asyncDispose]();
    await rejectionOf('EngineFailed', readImageContent(engine, image, { signal: never, onProgress: () => {} }));
  });
});
