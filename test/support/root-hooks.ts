import { existsSync, writeFileSync } from 'node:fs';
import { Credentials } from '../../src/credentials/credentials.ts';
import { removeFixtureImages, testEngine } from './real-engine.ts';

/** For `npm test`. */
export const mochaHooks = {
  /** Whoever finds that the tests hang can say where. */
  beforeEach(this: Mocha.Context): void {
    const path = process.env.SM_LOCAL_TEST_CURRENT;
    if (path !== undefined) writeFileSync(path, this.currentTest?.fullTitle() ?? '');
  },

  /**
   * When the last test is over, the fixture images that were built go, and so does what all processes share: the network of credentials,
   * unless another run uses it, and what processes that were killed would still have answered there.
   */
  async afterAll(this: Mocha.Context): Promise<void> {
    this.timeout(60_000);
    await removeFixtureImages();
    await using credentials = new Credentials(testEngine(), { home: '', owner: '', now: () => new Date() });
    await credentials.removeUnusedNetwork();
    await credentials.sweep(async ({ home }) => existsSync(home));
    setTimeout(tellWhatHolds, 10_000).unref(); // fires only where something keeps the process alive
  },
};

/** A handle that a test has left would keep the whole run from ending, without a word of why. */
function tellWhatHolds(): void {
  process.stderr.write(`The tests are over, but this keeps their process alive: ${process.getActiveResourcesInfo().join(', ')}\n`);
  process.exit(); // with what mocha makes of its failures
}
