import { trainAndServe } from 'sm-local';
import { iris, training } from './iris.js';

/** One job and one endpoint for all files, which run in processes of their own and inherit the environment. */
export default async function startEndpoint() {
  const trained = await trainAndServe({ ...iris, ...training });
  const { job, endpoint } = trained;
  process.env.JOB = JSON.stringify({ metrics: job.metrics, files: job.files });
  process.env.ENDPOINT = JSON.stringify({ name: endpoint.name, clientConfig: endpoint.clientConfig });
  globalThis.stopEndpoint = () => trained[Symbol.asyncDispose]();
}
