import assert from 'node:assert/strict';
import { mkdir, truncate, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Finding } from '../../../src/check/check.ts';
import { readDockerfile } from '../../../src/check/evidence/dockerfile-text.ts';
import { buildContext } from '../../../src/check/image/build-context.ts';
import type { CheckRequest } from '../../../src/check/request.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';
import { madeUp } from './made-up.ts';

async function looked(files: Readonly<Record<string, string>>, sizes: Readonly<Record<string, number>> = {}): Promise<Finding> {
  await using directory = await temporaryDirectory();
  for (const [name, text] of Object.entries({ ...files, ...Object.fromEntries(Object.keys(sizes).map((each) => [each, ''])) })) {
    await mkdir(dirname(join(directory.path, name)), { recursive: true });
    await writeFile(join(directory.path, name), text);
  }
  for (const [name, size] of Object.entries(sizes)) await truncate(join(directory.path, name), size);
  const source = { kind: 'directory', path: directory.path, tag: 'x' };
  const dockerfile = await readDockerfile(directory.path);
  const request = { parts: [], platform: 'linux/amd64', source } as unknown as CheckRequest;
  return await buildContext.look({ ...madeUp(), request, dockerfile: async () => dockerfile });
}

const takesAll = 'FROM a\nRUN x\nCOPY --chown=1 . /srv/\n';
const repository = { '.git/HEAD': 'ref: refs/heads/main', 'work/env/pyvenv.cfg': 'home = /usr/bin', 'app.py': '' };

describe('what a build takes along', () => {
  it('should be neither a repository nor a virtual environment', async () => {
    const finding = await looked({ Dockerfile: takesAll, ...repository });
    assert.ok(finding.state === 'failed');
    assert.deepEqual([finding.items, finding.places], [['.git', 'work/env'], [{ file: 'Dockerfile', line: 3 }]]);
  });

  it('should hold no secret', async () => {
    const finding = await looked({ Dockerfile: 'FROM a\nADD ["./", "/srv/"]\n', 'conf/.env': 'SERVICE_TOKEN=Zk3x9QpL2vT8\n' });
    assert.ok(finding.state === 'failed');
    assert.match(finding.text, /^ADD takes conf\/\.env into the image, which holds a secret, SERVICE_TOKEN\.$/);
  });

  it('is what .dockerignore does not name', async () => {
    assert.equal((await looked({ Dockerfile: takesAll, ...repository, '.dockerignore': '.git\n**/env\n' })).state, 'passed');
  });

  it('is only what the Dockerfile copies', async () => {
    for (const copy of ['COPY app.py /srv/', 'COPY --from=builder . /srv/', 'COPY src /srv/']) {
      assert.equal((await looked({ Dockerfile: `FROM a\n${copy}\n`, ...repository })).state, 'passed', copy);
    }
  });

  it('should not be large, copied or not', async () => {
    const finding = await looked({ Dockerfile: 'FROM a\nCOPY app.py /srv/\n', 'app.py': '' }, { 'data/train.csv': 200_000_000 });
    assert.ok(finding.state === 'failed');
    assert.match(finding.text, /^Every build sends 200.0 MB to the engine before it begins, 200.0 MB of it data\.$/);
  });

  it('cannot be told of an image', async () => assert.equal((await buildContext.look(madeUp())).state, 'inapplicable'));
});
