import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { lstatSync } from 'node:fs';
import { mkdir, readdir, rename, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Program } from '../../store/commands.ts';
import { failure } from '../../support/failure.ts';
import { channelOf, megabytes, type PipeBench, pidsAbout, pipeBench } from './bench.ts';

describe('pipes', () => {
  let bench: PipeBench;
  beforeEach(async () => {
    bench = await pipeBench();
  });
  afterEach(async () => {
    await bench[Symbol.asyncDispose]();
  });

  const words = (name: string, text = (epoch: number) => `${name} ${epoch}\n`) => channelOf(name, (epoch) => [Buffer.from(text(epoch))]);

  it('are FIFOs that anybody may read, and the first of each channel is there before anybody looks', async () => {
    await bench.open([words('train'), words('validation')]);
    for (const name of ['train_0', 'validation_0']) {
      const found = lstatSync(join(bench.data, name));
      assert.deepEqual([found.isFIFO(), found.mode & 0o777], [true, 0o644]);
    }
    assert.equal(await bench.sh('ls'), 'train_0\nvalidation_0\n');
  });

  it('give epoch after epoch under the next number, and the last one has gone when its reader comes to the end', async () => {
    await bench.open([words('train')]);
    assert.equal(
      await bench.sh('for n in 0 1 2; do cat train_$n; ls; done; cat train_0 2>/dev/null || echo gone'),
      'train 0\ntrain_1\ntrain 1\ntrain_2\ntrain 2\ntrain_3\ngone\n',
    );
  });

  it('give three epochs of 100 MB byte for byte', async () => {
    await bench.open([channelOf('train', () => megabytes(100))]);
    const sums = await bench.sh('for n in 0 1 2; do dd if=train_$n bs=1M status=none | md5sum; done');
    const hash = createHash('md5');
    for (const megabyte of megabytes(100)) hash.update(megabyte);
    assert.equal(sums, `${hash.digest('hex')}  -\n`.repeat(3));
    assert.deepEqual(
      bench.epochs.map(({ bytes, isWhole }) => [bytes, isWhole]),
      Array(3).fill([100 * 1024 * 1024, true]),
    );
  });

  it('go on with the next epoch when the reader closes early', async () => {
    await bench.open([channelOf('train', (epoch) => [Buffer.from(`epoch ${epoch}:`), ...megabytes(50)])]);
    const first = await bench.sh(`${retrying} for n in 0 1 2; do await train_$n; head -c 8 train_$n; done`);
    assert.equal(first, 'epoch 0:epoch 1:epoch 2:');
    assert.deepEqual([...new Set(bench.epochs.map(({ isWhole }) => isWhole))], [false]);
  });

  it('go on with the next epoch when the reader closes without reading anything', async () => {
    await bench.open([channelOf('train', (epoch) => [Buffer.from(`epoch ${epoch}`), ...megabytes(2)])]);
    assert.equal(await bench.sh(`${retrying} true < train_0; await train_1; head -c 7 train_1`), 'epoch 1');
  });

  it('serve an epoch without data as an empty one, each to a reader of its own', async () => {
    await bench.open([channelOf('train', () => [])]);
    assert.equal(await bench.sh('cat train_0; cat train_1; cat train_2; ls'), 'train_3\n');
    assert.deepEqual(
      bench.epochs.map(({ epoch, bytes }) => [epoch, bytes]),
      [
        [0, 0],
        [1, 0],
        [2, 0],
      ],
    );
  });

  it('do not wait for one another: six channels at once, and one that nobody reads', async () => {
    const names = ['a', 'b', 'c', 'd', 'e', 'f'];
    await bench.open([...names, 'ignored'].map((name, index) => channelOf(name, () => megabytes(5 + index))));
    const sizes = await Promise.all(names.map((name) => bench.sh(`cat ${name}_0 ${name}_1 | wc -c`)));
    assert.deepEqual(
      sizes.map(Number),
      names.map((_, index) => 2 * (5 + index) * 1024 * 1024),
    );
  });

  it('leave the disk to others while many wait for readers, and many for readers to go on', async () => {
    const names = Array.from({ length: 12 }, (_, index) => `channel-${index}`);
    await bench.open(names.map((name) => channelOf(name, () => megabytes(3))));
    const stalled = names.slice(6).map((name) => bench.start(`exec 3< ${name}_0; head -c 1 <&3; exec sleep 1000`));
    await writeFile(join(bench.files, 'written'), 'meanwhile');
    assert.equal((await stat(join(bench.files, 'written'))).size, 9);
    for (const reader of stalled) reader.kill();
  });

  it('hold two pieces of a channel whose reader stalls, and no more', async () => {
    let made = 0;
    const counting = function* (): Generator<Uint8Array> {
      for (const megabyte of megabytes(100)) {
        made += 1;
        yield megabyte;
      }
    };
    await bench.open([channelOf('train', counting)]);
    const reader = bench.start('exec 3< train_0; head -c 1000000 <&3 | wc -c; exec 1>&-; exec sleep 1000');
    const [readable] = await Promise.all([bench.sh('sleep 0.3'), reader]);
    assert.equal(readable, '');
    assert.ok(made >= 2 && made <= 4, `${made} pieces were made`);
    reader.kill();
  });

  it('say which channels nobody has opened so far', async () => {
    const pipes = await bench.open([words('train'), words('validation')]);
    assert.deepEqual(pipes.unopened, ['train', 'validation']);
    await bench.sh('cat train_0');
    assert.deepEqual(pipes.unopened, ['validation']);
  });

  it('fail when the first epoch of one is not opened in time, where there is a limit', async () => {
    const pipes = await bench.open([words('train')], { openWithin: 0.05 });
    await assert.rejects(
      pipes.failed,
      failure('PipeTimedOut', /pipe channel timed out: nothing opened \/opt\/ml\/input\/data\/train_0 within 0\.05 s/),
    );
  });

  it('keep the reader of a broken epoch waiting, so that it cannot take the beginning for all of it', async () => {
    const broken = async function* (): AsyncGenerator<Uint8Array> {
      yield Buffer.from('beginning');
      throw new Error('no more');
    };
    const pipes = await bench.open([channelOf('train', broken)]);
    const reader = bench.start('cat train_0; echo ended');
    await assert.rejects(pipes.failed, /no more/);
    assert.equal(await Promise.race([reader.printed, bench.sh('sleep 0.05; echo waits')]), 'waits\n');
    await pipes[Symbol.asyncDispose]();
    assert.equal(await reader.printed, 'beginningended\n');
  });

  it('leave nothing behind, whether nobody came, somebody reads, or somebody has stopped reading', async () => {
    const pipes = await bench.open(['waits', 'reads', 'stalls'].map((name) => channelOf(name, () => megabytes(1000))));
    const reads = bench.start('cat reads_0 > /dev/null; echo ended');
    const stalls = bench.start('exec 3< stalls_0; head -c 10 <&3 > /dev/null; echo stalls; exec sleep 1000');
    while (pipes.unopened.length > 1) await bench.sh('true');
    await pipes[Symbol.asyncDispose]();
    assert.deepEqual(await bench.leftovers(), []);
    assert.equal(await reads.printed, 'ended\n');
    stalls.kill();
  });

  it('end when they are disposed at any moment of many short epochs', async () => {
    for (const pause of [0, 0.002, 0.005, 0.01, 0.02]) {
      const pipes = await bench.open([words('train')]);
      const reader = bench.start(`${retrying} n=0; while :; do await train_$n; cat train_$n 2> /dev/null; n=$((n + 1)); done`);
      await bench.sh(`sleep ${pause}`);
      await pipes[Symbol.asyncDispose]();
      reader.kill();
      assert.deepEqual(await bench.leftovers(), []);
    }
  });

  it('do not outlive a process that is killed', async () => {
    await using program = new Program('../jobs/pipe/open-and-wait', [bench.data, bench.spares]);
    assert.equal(await program.line(), 'open');
    await program.kill('SIGKILL');
    const isLeft = async (): Promise<boolean> => (await bench.leftovers()).some((name) => name.startsWith('process'));
    for (let tries = 0; tries < 200 && (await isLeft()); tries += 1) await bench.sh('sleep 0.01');
    assert.equal(await isLeft(), false);
  });

  it('fail when their shell is killed', async () => {
    const pipes = await bench.open([words('train')]);
    for (const pid of pidsAbout(bench.spares)) process.kill(pid, 'SIGKILL');
    await assert.rejects(pipes.failed, failure('DiskTrouble', /Could not make the FIFO .*train_1: sh ended/));
  });

  it('say what is in the place of a FIFO', async () => {
    await writeFile(join(bench.data, 'train_0'), 'of the program');
    await assert.rejects(bench.open([words('train')]), failure('DiskTrouble', /train_0: file already exists/));
    await writeFile(join(bench.data, 'other_1'), 'of the program');
    const pipes = await bench.open([words('other')]);
    bench.start('cat other_0');
    await assert.rejects(pipes.failed, failure('DiskTrouble', /other_1: file already exists/));
  });

  it('begin anew where a killed process has left its FIFOs', async () => {
    await mkdir(bench.spares);
    await bench.sh(`mkfifo train_0 ${bench.spares}/train_0`);
    await bench.open([words('train')]);
    assert.equal(await bench.sh('cat train_0'), 'train 0\n');
  });

  it('stay in their directory when the container puts a link in its place', async () => {
    await bench.open([words('train')]);
    const [moved, elsewhere] = [join(bench.files, 'moved'), join(bench.files, 'elsewhere')];
    await mkdir(elsewhere);
    await rename(bench.data, moved);
    await symlink(elsewhere, bench.data);
    assert.equal(await bench.sh(`cat ${moved}/train_0`), 'train 0\n');
    assert.deepEqual([await readdir(elsewhere), await readdir(moved)], [[], ['train_1']]);
  });
});

/** The next epoch may not be there at once after an early close: a reader has to try again, as AWS's own does. */
const retrying = 'await() { until test -p $1; do sleep 0.01; done; };';
