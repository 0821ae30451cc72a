import { serve, train } from 'sm-local';
import { iris, training } from './iris.js';

/** One job and one endpoint for all files, which run in processes of their own and inherit the environment. */
export default async function startEndpoint() {
  const job = train({ ...iris, ...training });
  const { status, failureReason, metrics, files } = await job;
  if (status !== 'Completed') throw new Error(failureReason);
  const endpoint = await serve({ ...iris, model: files.model });
  process.env.JOB = JSON.stringify({ metrics, files });
  process.env.ENDPOINT = JSON.stringify({ name: endpoint.name, clientConfig: endpoint.clientConfig });
  globalThis.stopEndpoint = async () => {
    await endpoint.stop();
    await job[Symbol.asyncDispose](); // its model goes now, as it is ephemeral
  };
}
