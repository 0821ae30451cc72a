import { type ClientConfig, serve, type TrainingResult, train } from 'sm-local';
import type { TestProject } from 'vitest/node';
import { iris, training } from './iris.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    job: Pick<TrainingResult, 'metrics' | 'files'>;
    endpoint: { readonly name: string; readonly clientConfig: ClientConfig };
  }
}

/** One job and one endpoint for all files, which run in processes of their own: `inject('endpoint')` says there where it is. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const job = train({ ...iris, ...training });
  const { status, failureReason, metrics, files } = await job;
  if (status !== 'Completed') throw new Error(failureReason);
  const endpoint = await serve({ ...iris, model: files.model });
  project.provide('job', { metrics, files });
  project.provide('endpoint', { name: endpoint.name, clientConfig: endpoint.clientConfig });
  return async () => {
    await endpoint.stop();
    await job[Symbol.asyncDispose](); // its model goes now, as it is ephemeral
  };
}
