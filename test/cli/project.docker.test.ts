import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { appendFile, cp, mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Place, runCommand, startCommand } from '../support/command.ts';
import { baseImage, leftOf, projectRoot, testEngine } from '../support/real-engine.ts';

describe('sm-local in a directory with a project file', function () {
  this.timeout(60_000);
  let top: string;
  let place: Place;

  beforeEach(async () => {
    top = await realpath(await mkdtemp(join(tmpdir(), 'sm-local-project-')));
    const cwd = join(top, `iris-project-${process.pid}`); // an image of its own: others build the example at the same time
    place = { cwd, home: join(top, 'home') };
    await cp(join(projectRoot, 'examples/iris'), cwd, { recursive: true });
    await appendFile(join(cwd, 'sm-local.yaml'), `build-arg: {BASE_IMAGE: ${baseImage()}}\n`);
  });
  afterEach(async () => {
    assert.deepEqual(await leftOf(place.home), [], 'nothing is left in the engine');
    await rm(top, { recursive: true, force: true });
  });
  after(() => testEngine().images.remove(`sm-local/iris-project-${process.pid}:latest`));

  it('trains and serves without flags', async () => {
    const done = await runCommand(['train'], place);
    assert.equal(done.code, 0, done.err);
    assert.match(done.out, /validation:accuracy = 0\.9/);
    assert.match(done.out, /Next +sm-local serve \. --model iris-project-/);
    assert.ok(existsSync(join(place.cwd, 'sm-local-output')));

    const serving = startCommand(['serve', '--port', '0', '--name', 'iris'], place);
    await serving.until(/http:\/\/127\.0\.0\.1:\d+/);
    const args = ['invoke', 'iris', '--content-type', 'text/csv', '--accept', 'text/csv', '--body', '@samples.csv'];
    const answer = await runCommand(args, place);
    assert.equal(answer.out, 'setosa\nversicolor\nvirginica\n', answer.err);
    serving.signal('SIGINT');
    assert.equal((await serving.ended).code, 0);
  });

  it('trains from a directory below, with the paths of the file, and flags on top', async () => {
    const cwd = join(place.cwd, 'below');
    await mkdir(cwd);
    const done = await runCommand(['train', '--hp', 'epochs=3', '--hp', 'penalty=0.5', '--name', 'below'], { ...place, cwd });
    assert.equal(done.code, 0, done.err);
    assert.match(done.err, new RegExp(`^Project file: ${place.cwd}/sm-local.yaml\n`));
    assert.match(done.err, /algo-1 \| 120 flowers .*'epochs': 3, .*'penalty': 0\.5/);
    assert.doesNotMatch(done.err, /epoch=4;/);
    assert.ok(existsSync(join(cwd, 'sm-local-output/below/output/model.tar.gz')), 'what is not in the file is where it always was');
  });

  it('is told where in the file something is wrong', async () => {
    await writeFile(join(place.cwd, 'sm-local.yaml'), 'image: ./nowhere\ntrain:\n  instance-count: 1.5\n');
    const missing = await runCommand(['train', '--dry-run'], place);
    assert.equal(missing.code, 2);
    assert.match(missing.err, /^Error: sm-local\.yaml:1:1: Image directory: there is no file or directory .*nowhere\.$/m);
    const wrong = await runCommand(['train', 'some-image:1', '--dry-run'], place);
    assert.equal(wrong.code, 2);
    assert.match(wrong.err, /^Error: sm-local\.yaml:3:3: --instance-count 1\.5: that is not a whole number\.$/m);
  });
});
