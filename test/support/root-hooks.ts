import assert from 'node:assert/strict';
import { oursInEngine, removeFixtureImages, testEngine } from './real-engine.ts';

/** A root hook: whatever the real-engine tests made in the engine is gone when they are over. Loaded by `npm test` only. */
let before: readonly string[] = [];

export const mochaHooks = {
  async beforeAll(this: Mocha.Context): Promise<void> {
    this.timeout(60_000);
    before = await oursInEngine(testEngine());
  },
  async afterAll(this: Mocha.Context): Promise<void> {
    this.timeout(60_000);
    await removeFixtureImages();
    assert.deepEqual(await oursInEngine(testEngine()), before, 'the tests left something in the engine');
  },
};
