import { GenericContainer, type StartedNetwork, type StartedTestContainer, Wait } from 'testcontainers';
import { baseImage } from './real-engine.ts';
import { temporaryDirectory } from './temporary-directory.ts';

/** In a `describe`: testcontainers without its reaper, whose image no registry may have, and a home of the tests' own. */
export function withoutReaper(): { readonly home: string } {
  const before = { ...process.env };
  let directory: Awaited<ReturnType<typeof temporaryDirectory>> | undefined;
  beforeEach('a home of the tests', async () => {
    directory ??= await temporaryDirectory();
    process.env.SM_LOCAL_HOME = directory.path;
    process.env.TESTCONTAINERS_RYUK_DISABLED = 'true';
  });
  after('the home goes', async () => {
    for (const name of ['SM_LOCAL_HOME', 'TESTCONTAINERS_RYUK_DISABLED']) {
      if (before[name] === undefined) delete process.env[name];
      else process.env[name] = before[name];
    }
    await directory?.[Symbol.asyncDispose]();
  });
  return {
    get home() {
      return directory?.path ?? '';
    },
  };
}

/** What stands for a database: a container of the user's own, called `db`, that answers `http://db:5432/rows` with 42. */
export const startDatabase = (network: StartedNetwork): Promise<StartedTestContainer> =>
  new GenericContainer(baseImage())
    .withNetwork(network)
    .withNetworkAliases('db')
    .withCommand(['sh', '-c', 'mkdir /w; echo 42 > /w/rows; echo ready; exec busybox httpd -f -p 5432 -h /w'])
    .withWaitStrategy(Wait.forLogMessage('ready'))
    .start();
