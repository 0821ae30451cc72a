import { ReceivedRequest, type RequestParts } from '../../src/replies/received-request.ts';

/** A request as a container receives it, but for what is said. */
export const received = (body: string | Buffer, changes: Partial<RequestParts> = {}): ReceivedRequest =>
  new ReceivedRequest({
    method: 'POST',
    path: '/invocations',
    headers: { 'content-type': 'text/csv' },
    body: Buffer.from(body as string),
    time: new Date(0),
    endpoint: 'demo',
    variant: 'AllTraffic',
    ...changes,
  });
