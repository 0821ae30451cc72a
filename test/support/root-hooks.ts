import { appendFileSync, existsSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { Credentials } from '../../src/credentials/credentials.ts';
import { removeFixtureImages, testEngine } from './real-engine.ts';

/** Loaded by the process that runs the tests, or by the first, which hands files out to the others; these have the name of the run from it. */
process.env.SM_LOCAL_TEST_RUN ??= `${process.pid}`;

/** Where scripts/test-files.mjs, which ends the run too, finds what each process is at, and how long each file took. */
const notes = process.env.SM_LOCAL_TEST_NOTES;

let mark = performance.now();
let [file, milliseconds] = ['', 0];

export const mochaHooks = {
  /** Whoever finds that the tests hang can say where. */
  beforeEach(this: Mocha.Context): void {
    if (notes !== undefined) writeFileSync(join(notes, `${process.pid}.current`), this.currentTest?.fullTitle() ?? '');
  },

  /** Of a test and the hooks before it. */
  afterEach(this: Mocha.Context): void {
    if (notes !== undefined) rmSync(join(notes, `${process.pid}.current`), { force: true });
    const now = performance.now();
    if (this.currentTest?.file !== file) tellTime();
    file = this.currentTest?.file ?? '';
    milliseconds += now - mark;
    mark = now;
  },

  /** After each file where several processes run them. */
  afterAll(): void {
    tellTime();
    mark = performance.now();
  },
};

function tellTime(): void {
  if (notes !== undefined && milliseconds > 0) appendFileSync(join(notes, 'times'), `${milliseconds}\t${relative('dist/test', file)}\n`);
  milliseconds = 0;
}

/** Without scripts/test-files.mjs. */
export async function mochaGlobalTeardown(): Promise<void> {
  if (notes !== undefined) return;
  await endRun();
  setTimeout(tellWhatHolds, 10_000).unref(); // fires only where something keeps the process alive, and no --exit ends it
}

/**
 * When the last test is over, the fixture images that were built go, and so does what all processes share: the network of credentials,
 * unless another run uses it, and what processes that were killed would still have answered there.
 */
export async function endRun(): Promise<void> {
  await removeFixtureImages();
  await using credentials = new Credentials(testEngine(), { home: '', owner: '', now: () => new Date() });
  await credentials.removeUnusedNetwork();
  await credentials.sweep(async ({ home }) => existsSync(home));
}

/** A handle that a test has left would keep the whole run from ending, without a word of why. */
function tellWhatHolds(): void {
  process.stderr.write(`The tests are over, but this keeps their process alive: ${process.getActiveResourcesInfo().join(', ')}\n`);
  process.exit(); // with what mocha makes of its failures
}
