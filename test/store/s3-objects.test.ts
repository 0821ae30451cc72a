import { join } from 'node:path';
import { Scope } from '../../src/scope.ts';
import { openHome } from '../../src/store/home.ts';
import { LocalObjects } from '../../src/store/local-objects.ts';
import { Owner } from '../../src/store/owner.ts';
import { S3Objects } from '../../src/store/s3-objects.ts';
import { type S3Server, startS3Server } from '../support/s3-server.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { describeObjectStore } from './objects-conformance.ts';

const credentials = { accessKeyId: 'any', secretAccessKey: 'any' };

async function open() {
  const scope = new Scope();
  const root = scope.use(await temporaryDirectory());
  const home = await openHome(join(root.path, 'home'));
  const owner = scope.use(await Owner.start(home));
  const local = new LocalObjects(home, { owner: async () => owner.id });
  const server: S3Server = scope.use(await startS3Server(local));
  const store = new S3Objects({ url: server.url, region: 'us-east-1', credentials }, (name) => home.temporaryDirectory(name));
  return { store, local, server, home, [Symbol.asyncDispose]: () => scope[Symbol.asyncDispose]() };
}

describeObjectStore('objects in an S3 elsewhere', open);
