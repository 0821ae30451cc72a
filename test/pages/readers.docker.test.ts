import assert from 'node:assert/strict';
import { type Reader, reader } from '../support/page-run.ts';
import { belowHome, testEngine } from '../support/real-engine.ts';

/** Page -> the images that it builds. What takes long is left to `npm run test:all`. */
const pages = {
  'README.md': ['my-image'],
  'docs/recipes/several-hosts.md': ['numbers-mean'],
  'docs/recipes/spot-and-checkpoints.md': ['spot-steps'],
  'docs/troubleshooting.md': [],
};

describe('who does what the page says', function () {
  this.timeout(120_000);
  let someone: Reader;
  beforeEach(async () => {
    someone = await reader();
  });
  afterEach(async () => {
    await someone[Symbol.asyncDispose]();
    assert.deepEqual(await belowHome(someone.home), [], 'nothing is left in the engine');
  });
  after(async () => {
    const images = Object.values(pages)
      .flat()
      .map((name) => `sm-local/${name}-${process.pid}:latest`);
    await Promise.all(images.map((image) => testEngine().images.remove(image)));
  });

  for (const [page, ownNames] of Object.entries(pages)) {
    it(`gets what ${page} says`, async () => {
      await someone.follow(page, { ownNames });
    });
  }
});
