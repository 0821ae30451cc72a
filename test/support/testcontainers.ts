import { GenericContainer, type StartedNetwork, type StartedTestContainer, Wait } from 'testcontainers';
import { baseImage } from './real-engine.ts';
import { type TemporaryDirectory, temporaryDirectory } from './temporary-directory.ts';

/** One for all suites of a process, since what an engine makes of files is tried out once a home. */
let shared: TemporaryDirectory | undefined;
let suites = 0;

/** In a `describe`: testcontainers without its reaper, whose image no registry may have, and a home of the tests' own. */
export function withoutReaper(): { readonly home: string } {
  suites += 1;
  const before: Record<string, string | undefined> = {};
  beforeEach('a home of the tests', async () => {
    shared ??= await temporaryDirectory();
    for (const [name, value] of Object.entries({ SM_LOCAL_HOME: shared.path, TESTCONTAINERS_RYUK_DISABLED: 'true' })) {
      if (!(name in before)) before[name] = process.env[name];
      process.env[name] = value;
    }
  });
  after('the home goes with the last suite', async () => {
    for (const [name, value] of Object.entries(before)) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
    suites -= 1;
    if (suites > 0) return;
    const last = shared;
    shared = undefined; // the process may run another file, with suites of its own
    await last?.[Symbol.asyncDispose]();
  });
  return {
    get home() {
      return shared?.path ?? '';
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
