import { existsSync } from 'node:fs';
import { Credentials } from '../../src/credentials/credentials.ts';
import { removeFixtureImages, testEngine } from './real-engine.ts';

/**
 * For `npm test`: when the last test is over, the fixture images that were built go, and so does what all processes share: the network of
 * credentials, unless another run uses it, and what processes that were killed would still have answered there.
 */
export const mochaHooks = {
  async afterAll(this: Mocha.Context): Promise<void> {
    this.timeout(60_000);
    await removeFixtureImages();
    await using credentials = new Credentials(testEngine(), { home: '', owner: '', now: () => new Date() });
    await credentials.removeUnusedNetwork();
    await credentials.sweep(async ({ home }) => existsSync(home));
  },
};
