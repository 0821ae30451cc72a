import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { callerOf, signatureOf } from '../../../src/api/caller.ts';
import { type S3Options, s3Service } from '../../../src/api/s3/service.ts';
import { type Home, openHome } from '../../../src/store/home.ts';
import { LocalObjects } from '../../../src/store/local-objects.ts';
import { LocalUploads } from '../../../src/store/local-uploads.ts';
import { Owner } from '../../../src/store/owner.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

export interface ServedS3 extends AsyncDisposable {
  readonly home: Home;
  readonly objects: LocalObjects;
  readonly uploads: LocalUploads;
  readonly port: number;
  readonly url: string;
  /** What the service called a defect or trouble. */
  readonly failures: readonly unknown[];
}

/** The S3 service alone, on a port and a home of its own. */
export async function serveS3(options: Partial<S3Options> = {}): Promise<ServedS3> {
  const directory = await temporaryDirectory();
  const home = await openHome(join(directory.path, 'home'));
  const owner = await Owner.start(home);
  const objects = new LocalObjects(home, { owner: async () => owner.id });
  const uploads = new LocalUploads(home);
  const failures: unknown[] = [];
  const defaults = { account: '000000000000', region: 'us-east-1' };
  const service = s3Service({ objects, uploads, region: 'us-east-1', onFailure: (_name, error) => failures.push(error), ...options });
  const server = http.createServer({ requestTimeout: 0 }, (request, response) => {
    const caller = callerOf(signatureOf(request), defaults);
    service({ request, response, caller, requestId: randomUUID() }).catch((error) => {
      failures.push(error);
      response.destroy();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    home,
    objects,
    uploads,
    port,
    url: `http://127.0.0.1:${port}`,
    failures,
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
      await owner[Symbol.asyncDispose]();
      await directory[Symbol.asyncDispose]();
    },
  };
}
