import { removeFixtureImages } from './real-engine.ts';

/** For `npm test`: the fixture images that were built go when the last test is over. */
export const mochaHooks = {
  async afterAll(this: Mocha.Context): Promise<void> {
    this.timeout(60_000);
    await removeFixtureImages();
  },
};
