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
  const app = aheadOf(express(), invocations);
  app.disable('x-powered-by').disable('etag');
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

/**
 * The app with a handler before all that Express does with a request, also where the app is mounted in another one: making a request and an answer
 * its own, and looking for a route, takes Express twice as long as all of an invocation takes us.
 */
function aheadOf(app: Express, handler: InvocationHandler): Express {
  const wrapped = app as Express & { handle(...given: Parameters<Express>): void };
  const handle = wrapped.handle.bind(app);
  wrapped.handle = (request, response, next) => {
    if (!handler(request, response)) handle(request, response, next);
  };
  return app;
}
