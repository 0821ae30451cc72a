import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { TrainingRecord } from '../../src/jobs/record.ts';
import { openHome } from '../../src/store/home.ts';
import { readLog } from '../../src/store/log-file.ts';
import { Records } from '../../src/store/records.ts';
import { withLeftoverCheck } from '../support/leftovers.ts';
import { fixtureImage, fixtureTag, leftOf } from '../support/real-engine.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const run = promisify(execFile);

describe('many jobs at once', function () {
  this.timeout(120_000);
  withLeftoverCheck();
  before(() => fixtureImage('counts'));

  it('20 of them from 4 processes on one home, each with its own lines and archives', async () => {
    await using place = await temporaryDirectory();
    const [home, output] = [join(place.path, 'home'), join(place.path, 'output')];
    const here = fileURLToPath(import.meta.url);
    const program = fileURLToPath(new URL(`train-several${extname(here)}`, import.meta.url));
    const names = Array.from({ length: 20 }, (_, index) => `job-${index}`);
    const shares = [0, 1, 2, 3].map((share) => names.filter((_, index) => index % 4 === share));
    const told = await Promise.all(
      shares.map((share) => run(process.execPath, [program, home, output, fixtureTag('counts'), ...share], { encoding: 'utf8' })),
    );
    assert.deepEqual(
      told.map(({ stdout }) => stdout),
      shares.map((share) => `${share.map(() => 'Completed').join(' ')}\n`),
    );

    const opened = await openHome(home);
    const { records, broken } = await new Records<TrainingRecord>(opened, 'training-job').list();
    assert.deepEqual(broken, []);
    assert.deepEqual(records.map(({ name }) => name).sort(), [...names].sort());
    for (const { name, value } of records) {
      const lines: string[] = [];
      for await (const { stream, message } of readLog(value.files.logs['algo-1'] ?? '')) if (stream === 'stderr') lines.push(message);
      assert.deepEqual(
        lines,
        Array.from({ length: 40 }, (_, index) => `err ${index}`),
        name,
      );
      assert.equal(value.files.model, join(output, name, 'output/model.tar.gz'));
      assert.ok((await readFile(value.files.model)).length > 0);
    }
    assert.deepEqual(await leftOf(home), []);
    assert.deepEqual(await readdir(opened.tmp), []);
    assert.deepEqual(await readdir(opened.owners), []);
  });
});
