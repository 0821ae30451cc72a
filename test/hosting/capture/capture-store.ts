import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { CapturePlace } from '../../../src/hosting/capture/data-capture.ts';
import { openHome } from '../../../src/store/home.ts';
import { LocalObjects } from '../../../src/store/local-objects.ts';
import type { ObjectStore } from '../../../src/store/objects.ts';
import { Owner } from '../../../src/store/owner.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

export interface CaptureStore extends CapturePlace, AsyncDisposable {
  readonly store: ObjectStore;
  /** A directory that goes with it. */
  readonly directory: string;
  /** Name below the prefix -> content, of the objects in `bucket`. */
  objectsBelow(prefix: string): Promise<Readonly<Record<string, string>>>;
  /** What is in `temporary`. */
  leftOver(): Promise<readonly string[]>;
}

/** A home with one bucket, called `bucket`. */
export async function captureStore(): Promise<CaptureStore> {
  const root = await temporaryDirectory();
  const home = await openHome(join(root.path, 'home'));
  const owner = await Owner.start(home);
  const store = new LocalObjects(home, { owner: async () => owner.id });
  await store.createBucket('bucket');
  const temporary = join(root.path, 'temporary');
  await mkdir(temporary);
  return {
    store,
    objects: async () => store,
    temporary,
    directory: root.path,
    async objectsBelow(prefix) {
      const found: Record<string, string> = {};
      const start = prefix === '' ? '' : `${prefix}/`;
      for await (const listed of store.list('bucket', { prefix: start })) {
        if (listed.kind !== 'object') continue;
        const { body } = await store.get({ bucket: 'bucket', key: listed.key });
        found[listed.key.slice(start.length)] = await text(body);
      }
      return found;
    },
    leftOver: () => readdir(temporary),
    async [Symbol.asyncDispose]() {
      await owner[Symbol.asyncDispose]();
      await root[Symbol.asyncDispose]();
    },
  };
}
