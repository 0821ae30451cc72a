import { existsSync, writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import { Credentials } from '../../src/credentials/credentials.ts';
import { removeFixtureImages, testEngine } from './real-engine.ts';

/** File -> milliseconds of its tests and of the hooks before them: the lanes of scripts/lanes.mjs are to take equally long. */
const taken = new Map<string, number>();
let mark = performance.now();

/** For `npm test`. */
export const mochaHooks = {
  /** Whoever finds that the tests hang can say where. */
  beforeEach(this: Mocha.Context): void {
    const path = process.env.SM_LOCAL_TEST_CURRENT;
    if (path !== undefined) writeFileSync(path, this.currentTest?.fullTitle() ?? '');
  },

  afterEach(this: Mocha.Context): void {
    const file = this.currentTest?.file ?? '';
    const now = performance.now();
    taken.set(file, (taken.get(file) ?? 0) + now - mark);
    mark = now;
  },

  /**
   * When the last test is over, the fixture images that were built go, and so does what all processes share: the network of credentials,
   * unless another run uses it, and what processes that were killed would still have answered there.
   */
  async afterAll(this: Mocha.Context): Promise<void> {
    this.timeout(60_000);
    if (process.env.SM_LOCAL_TEST_CURRENT !== undefined) tellLongest();
    await removeFixtureImages();
    await using credentials = new Credentials(testEngine(), { home: '', owner: '', now: () => new Date() });
    await credentials.removeUnusedNetwork();
    await credentials.sweep(async ({ home }) => existsSync(home));
    setTimeout(tellWhatHolds, 10_000).unref(); // fires only where something keeps the process alive
  },
};

function tellLongest(): void {
  const longest = [...taken].sort(([, one], [, other]) => other - one).slice(0, 15);
  const lines = longest.map(
    ([file, milliseconds]) => `${`${Math.round(milliseconds / 1000)}`.padStart(5)} s  ${relative('dist/test', file)}`,
  );
  process.stdout.write(`\n  The files that took longest:\n${lines.join('\n')}\n`);
}

/** A handle that a test has left would keep the whole run from ending, without a word of why. */
function tellWhatHolds(): void {
  process.stderr.write(`The tests are over, but this keeps their process alive: ${process.getActiveResourcesInfo().join(', ')}\n`);
  process.exit(); // with what mocha makes of its failures
}
