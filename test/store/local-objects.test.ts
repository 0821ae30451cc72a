import { join } from 'node:path';
import { openHome } from '../../src/store/home.ts';
import { LocalObjects } from '../../src/store/local-objects.ts';
import { Owner } from '../../src/store/owner.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { describeObjectStore } from './objects-conformance.ts';

describeObjectStore('a directory store', async () => {
  const directory = await temporaryDirectory();
  const home = await openHome(join(directory.path, 'home'));
  const owner = await Owner.start(home);
  return {
    store: new LocalObjects(home, { owner: async () => owner.id }),
    async [Symbol.asyncDispose]() {
      await owner[Symbol.asyncDispose]();
      await directory[Symbol.asyncDispose]();
    },
  };
});
