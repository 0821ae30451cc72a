import assert from 'node:assert/strict';
import { join } from 'node:path';
import { installIn, type Packed, packed } from '../support/packed.ts';
import { type Reader, reader } from '../support/page-run.ts';
import { belowHome, testEngine } from '../support/real-engine.ts';

/** Pages from top to bottom, also with what takes long, by somebody who has nothing but the packed package. Page -> the images that it builds. */
const pages = {
  'README.md': ['my-image'],
  'docs/recipes/first-image.md': ['fares'],
  'docs/check.md': ['my-image'],
  'docs/recipes/from-local-mode.md': [],
  'docs/recipes/gpus.md': [],
  'examples/iris/README.md': [],
};

describe('who has the package alone and does what the page says', function () {
  this.timeout(600_000);
  let user: Packed;
  let someone: Reader;
  before(async () => {
    user = await packed();
    await installIn(user.path, user.tarball, { type: 'module' });
  });
  beforeEach(async () => {
    someone = await reader(join(user.path, 'node_modules'));
  });
  afterEach(async () => {
    await someone[Symbol.asyncDispose]();
    assert.deepEqual(await belowHome(someone.home), [], 'nothing is left in the engine');
  });
  after(async () => {
    await user[Symbol.asyncDispose]();
    const images = [...new Set([...Object.values(pages).flat(), 'iris'])].map((name) => `sm-local/${name}-${process.pid}:latest`);
    await Promise.all(images.map((image) => testEngine().images.remove(image)));
  });

  for (const [page, ownNames] of Object.entries(pages)) {
    it(`gets what ${page} says`, async () => {
      await someone.follow(page, { ownNames, isLong: true });
    });
  }
});
