import { serve, train } from 'sm-local';
import { iris, training } from './iris.js';

/** One job and one endpoint for all files: Mocha starts them before the first test, and they are gone after the last. */
export let job;
export let endpoint;

export const mochaHooks = {
  async beforeAll() {
    this.timeout(300_000); // the first time, an image may have to be pulled
    job = train({ ...iris, ...training });
    const { status, failureReason, files } = await job;
    if (status !== 'Completed') throw new Error(failureReason);
    endpoint = await serve({ ...iris, model: files.model });
  },
  async afterAll() {
    await endpoint?.stop();
    await job?.[Symbol.asyncDispose](); // its model goes now, as it is ephemeral
  },
};
