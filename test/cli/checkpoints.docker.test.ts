import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Place, runCommand, startCommand } from '../support/command.ts';
import { baseImage, leftOf } from '../support/real-engine.ts';

describe('checkpoints of sm-local train', function () {
  this.timeout(60_000);
  let place: Place;
  beforeEach(async () => {
    const cwd = await mkdtemp(join(tmpdir(), 'sm-local-checkpoints-'));
    place = { cwd, home: join(cwd, 'home') };
    await mkdir(join(cwd, 'code'));
    await writeFile(join(cwd, 'code/train.py'), program);
  });
  afterEach(async () => {
    assert.deepEqual(await leftOf(place.home), [], 'nothing is left in the engine');
    await rm(place.cwd, { recursive: true, force: true });
  });

  for (const workspace of ['bind', 'archive']) {
    const args = (name: string): string[] => [
      ...['train', baseImage(), '--name', name, '--workspace', workspace, '--checkpoints', 'ckpt', '--input', 'code=code'],
      ...['--entrypoint', 'python3,/opt/ml/input/data/code/train.py'],
    ];

    it(`are restored for the next job, marked, and copied while it runs, through the ${workspace} workspace`, async () => {
      const first = await runCommand(args('one'), place);
      assert.equal(first.code, 0, first.err);
      const second = await runCommand(args('two'), place);
      assert.match(second.err, /steps of before: 1\n/);
      assert.equal(await readFile(join(place.cwd, 'ckpt/step'), 'utf8'), '2');
    });

    it(`are what a spot job goes on from when it was interrupted, through the ${workspace} workspace`, async () => {
      const done = await runCommand(
        [...args('spot'), '--hp', 'spot=1', '--interrupt-after', '300ms', '--limit', 'stop-grace=5s', '--json'],
        place,
      );
      assert.equal(done.code, 0, done.err);
      const events = done.out
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line));
      const statuses = events.flatMap(({ event, secondaryStatus }) => (event === 'status' ? [secondaryStatus] : []));
      assert.deepEqual(
        statuses.filter((status, index) => status !== statuses[index - 1]),
        ['Starting', 'Downloading', 'Training', 'Interrupted', 'Starting', 'Downloading', 'Training', 'Uploading', 'Completed'],
      );
      const lines = events.flatMap(({ event, message }) => (event === 'log' ? [message] : []));
      // On a busy machine SIGTERM may come before the program listens for it: then it has all its grace, and nothing to say.
      assert.deepEqual(
        lines.filter((line) => line !== 'told to end'),
        ['steps of before: 0', 'steps of before: 1'],
      );
      assert.equal(events.at(-1).describe.EnableManagedSpotTraining, true);
    });

    it(`go on when the process is killed and another takes its job over, through the ${workspace} workspace`, async () => {
      const command = startCommand([...args('killed'), '--hp', 'waits=1'], place);
      await command.until(/waiting/);
      command.signal('SIGKILL');
      await command.ended;
      const cleaned = await runCommand(['clean'], place);
      assert.equal(cleaned.code, 0, cleaned.err);
      assert.equal(await readFile(join(place.cwd, 'ckpt/step'), 'utf8'), '1');
      assert.equal(await readFile(join(place.cwd, 'ckpt/last'), 'utf8'), 'late');
    });
  }
});

/** Counts on from the checkpoint of before, and waits until its own is marked as uploaded. */
const program = `
import json, os, signal, sys, time

def end(*_):
    print("told to end", flush=True)
    sys.exit(0)

signal.signal(signal.SIGTERM, end)
hyperparameters = json.load(open("/opt/ml/input/config/hyperparameters.json"))
step = "/opt/ml/checkpoints/step"
before = open(step).read() if os.path.exists(step) else "0"
print("steps of before:", before, flush=True)
with open(step, "w") as file:
    file.write(str(int(before) + 1))
if "spot" in hyperparameters:
    if before == "0":
        signal.pause()
elif "waits" in hyperparameters:
    print("waiting", flush=True)
    time.sleep(1)
    open("/opt/ml/checkpoints/last", "w").write("late")
else:
    while not os.path.exists(step + ".sagemaker-uploaded"):
        time.sleep(0.01)
`;
