import { Scope } from '../../src/scope.ts';
import { S3Objects } from '../../src/store/s3-objects.ts';
import { serveS3 } from '../api/s3/serving.ts';
import { describeObjectStore } from './objects-conformance.ts';

const credentials = { accessKeyId: 'any', secretAccessKey: 'any' };

async function open() {
  const scope = new Scope();
  const served = scope.use(await serveS3());
  const store = new S3Objects({ url: served.url, region: 'us-east-1', credentials }, (name) => served.home.temporaryDirectory(name));
  return { store, served, [Symbol.asyncDispose]: () => scope[Symbol.asyncDispose]() };
}

describeObjectStore('objects in an S3 elsewhere', open);
