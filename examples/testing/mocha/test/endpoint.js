import { trainAndServe } from 'sm-local';
import { iris, training } from './iris.js';

/** One job and one endpoint for all files: Mocha starts them before the first test, and they are gone after the last. */
export let trained;

export const mochaHooks = {
  async beforeAll() {
    this.timeout(300_000); // the first time, an image may have to be pulled
    trained = await trainAndServe({ ...iris, ...training });
  },
  async afterAll() {
    await trained?.[Symbol.asyncDispose]();
  },
};
