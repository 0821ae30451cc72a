import { type ClientConfig, type TrainingResult, trainAndServe } from 'sm-local';
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
  const trained = await trainAndServe({ ...iris, ...training });
  const { job, endpoint } = trained;
  project.provide('job', { metrics: job.metrics, files: job.files });
  project.provide('endpoint', { name: endpoint.name, clientConfig: endpoint.clientConfig });
  return () => trained[Symbol.asyncDispose]();
}
