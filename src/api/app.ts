import { randomUUID } from 'node:crypto';
import type { EndpointStatus } from '@aws-sdk/client-sagemaker';
import express, { type Express } from 'express';
import { unknownPath } from '../contract/runtime-errors.ts';
import { sendError } from '../hosting/answer.ts';
import type { InvocationHandler } from '../hosting/invoke.ts';
import { prometheusType } from '../hosting/prometheus.ts';

export interface AppOptions {
  /** What is answered ahead of everything else: invocations, or all of AWS's API. */
  readonly invocations: InvocationHandler;
  /** What `/_sm-local/health` tells besides. */
  readonly health?: () => object | Promise<object>;
  /** What `/_sm-local/health` tells. */
  readonly endpoints: () => readonly { readonly name: string; readonly status: EndpointStatus }[];
  /** What `/_sm-local/metrics` tells, in Prometheus's text format; without it there is no such path. */
  readonly metrics?: () => Promise<string>;
}

/** The whole HTTP face as an Express app, to be mounted in a server of one's own or ours. */
export function createApp({ invocations, endpoints, metrics, health }: AppOptions): Express {
  const app = express();
  app.disable('x-powered-by').disable('etag');
  app.use((request, response, next) => {
    if (!invocations(request, response)) next();
  });
  app.get('/_sm-local/health', async (_request, response) => {
    response.json({ status: 'ok', ...(await health?.()), endpoints: endpoints().map(({ name, status }) => ({ name, status })) });
  });
  if (metrics) {
    app.get('/_sm-local/metrics', async (_request, response) => {
      response.set('Content-Type', prometheusType).end(await metrics());
    });
  }
  app.use((request, response) => sendError(response, randomUUID(), unknownPath(request.method, request.path)));
  return app;
}
