import type { InvocationOver } from '../../src/hosting/reply.ts';

/** An invocation that went well, but for what is said. Milliseconds. */
export const over = (changes: Partial<InvocationOver> = {}): InvocationOver => ({
  endpoint: 'demo',
  variant: 'AllTraffic',
  instance: 'i-1',
  requestId: 'r-1',
  path: '/endpoints/demo/invocations',
  answered: 200,
  status: 200,
  trouble: undefined,
  sent: 3,
  received: 5,
  took: 5,
  modelLatency: 4,
  ...changes,
});
