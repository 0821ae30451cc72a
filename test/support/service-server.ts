import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { callerOf, signatureOf } from '../../src/api/caller.ts';
import type { Service } from '../../src/api/service.ts';
import { contractDefaults } from '../../src/contract/names.ts';

export interface ServiceServer extends AsyncDisposable {
  readonly url: string;
}

/** A service on a port of its own; who asks is told by the signature. */
export async function serviceServer(service: Service): Promise<ServiceServer> {
  const server = http.createServer((request, response) => {
    const caller = callerOf(signatureOf(request), contractDefaults);
    service({ request, response, caller, requestId: randomUUID() }).catch((error: Error) => response.destroy(error));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
