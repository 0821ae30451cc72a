import assert from 'node:assert/strict';
import { fileNameOf, nameOf } from '../../src/store/file-names.ts';
import { Random } from './random.ts';

describe('file names of records', () => {
  it('are the plain name where every disk keeps it', () => {
    assert.equal(fileNameOf('my-job-2024_1'), 'my-job-2024_1.json');
  });

  it('differ also where the names differ by case only', () => {
    assert.equal(fileNameOf('Job'), '%4aob.json');
    assert.notEqual(fileNameOf('JOB').toLowerCase(), fileNameOf('job').toLowerCase());
  });

  it('stay in their directory', () => {
    assert.equal(fileNameOf('../x'), '%2e%2e%2fx.json');
    assert.equal(fileNameOf('.'), '%2e.json');
    assert.equal(fileNameOf('a\0b'), 'a%00b.json');
    assert.equal(fileNameOf('nul'), '%6eul.json');
  });

  it('lead back to the name, whatever it is', () => {
    const random = new Random(7);
    const alphabet = ['a', 'A', '/', '\\', '.', '%', '-', 'é', '模', '😀', ' ', '\n', ':', '%41', 'con'];
    for (let round = 0; round < 2000; round += 1) {
      const name = Array.from({ length: 1 + random.integer(8) }, () => random.pick(alphabet)).join('');
      assert.equal(nameOf(fileNameOf(name)), name);
      assert.match(fileNameOf(name), /^[a-z0-9%_-]+\.json$/);
    }
  });

  it('are refused when they get too long for a disk', () => {
    assert.equal(fileNameOf('A'.repeat(63)).length, 63 * 3 + 5);
    assert.throws(() => fileNameOf('x'.repeat(251)), { code: 'InvalidRequest' });
    assert.throws(() => fileNameOf(''), { code: 'InvalidRequest' });
  });

  it('other files are no records', () => {
    for (const file of ['Job.json', 'job.txt', '.sm-local-1234', '%zz.json', 'job.json~', '.json'])
      assert.equal(nameOf(file), undefined, file);
  });
});
