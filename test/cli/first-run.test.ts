import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { main } from '../../src/cli/main.ts';
import { version } from '../../src/cli/version.ts';
import { type TestIo, testIo } from '../support/io.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../support/temporary-directory.ts';

describe('a first look at the command line', () => {
  let directory: TemporaryDirectory;
  let io: TestIo;
  beforeEach(async () => {
    directory = await temporaryDirectory();
    io = testIo({ cwd: directory.path, env: { HOME: '/nowhere', SM_LOCAL_HOME: directory.path } });
  });
  afterEach(() => directory[Symbol.asyncDispose]());

  async function printed(argv: readonly string[]): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
    const code = await main(argv, io);
    return { code, ...io.printed() };
  }

  it('alone, it says in few lines what it is and how to begin, and ends as its help does', async () => {
    const { code, out, err } = await printed([]);
    assert.equal(code, 0);
    assert.equal(err, '');
    for (const part of ['sm-local init', 'sm-local train', 'sm-local serve', 'sm-local help', 'README.md', 'ontainer engine'])
      assert.ok(out.includes(part), `${part} in ${out}`);
    assert.ok(out.split('\n').length < 16);
  });

  for (const argv of [['train'], ['serve', '--port', '0'], ['serve', '--port', '0', '--watch']]) {
    it(`says nothing but that no engine answers, with ${argv.join(' ')}`, async () => {
      await using project = await temporaryDirectory();
      await writeFile(join(project.path, 'Dockerfile'), 'FROM scratch\n');
      const { code, out, err } = await printed([...argv, project.path, '--engine', 'unix:///nowhere.sock']);
      assert.equal(code, 3, err);
      assert.equal(out, '');
      assert.match(err, /^Error: No container engine answers at unix:\/\/\/nowhere\.sock \(--engine\)/);
    });
  }

  for (const argv of [['help'], ['--help'], ['-h']]) {
    it(`lists the commands with ${argv}`, async () => {
      const { code, out } = await printed(argv);
      assert.equal(code, 0);
      assert.match(out, /sm-local train \[image\] +run one training job/);
    });
  }

  it('says of help on a command that there is not what is wrong', async () => {
    const { code, err } = await printed(['help', 'traim']);
    assert.equal(code, 2);
    assert.match(err, /There is no command "traim"\. Did you mean train\?/);
  });

  for (const argv of [
    ['help', 'help'],
    ['help', 'version'],
    ['help', '--json'],
  ]) {
    it(`lists the commands with ${argv.join(' ')}, too`, async () => {
      const { code, out } = await printed(argv);
      assert.equal(code, 0);
      assert.match(out, /sm-local train \[image\]/);
    });
  }

  for (const argv of [
    ['help', 'push'],
    ['push', '--help'],
    ['push', '-h'],
  ]) {
    it(`tells of a command with ${argv.join(' ')}`, async () => {
      const { code, out } = await printed(argv);
      assert.equal(code, 0);
      assert.match(out, /sm-local push <image> <address>/);
      assert.match(out, /--ecr-login/);
    });
  }

  for (const argv of [['version'], ['--version']]) {
    it(`says its version with ${argv}`, async () => {
      assert.deepEqual(await printed(argv), { code: 0, out: `${version()}\n`, err: '' });
    });
  }

  for (const command of ['train', 'serve', 'check', 'build']) {
    it(`in an empty directory, ${command} names the command that makes a project`, async () => {
      const { code, err } = await printed([command]);
      assert.equal(code, 2);
      assert.match(err, /sm-local init$/m);
    });
  }
});

describe('a command line that is not quite right', () => {
  const cases: readonly (readonly [line: string, said: RegExp])[] = [
    ['trian', /no command "trian"\. Did you mean train\?/],
    ['nothing-like-it', /no command "nothing-like-it"\.\n/],
    ['train image --imput a=b', /train has no flag --imput\. Did you mean --input\?/],
    ['train image --imput=a=b', /train has no flag --imput\. Did you mean --input\?/],
    ['train image -I a=b', /train has no flag -I\. Did you mean --input\?/],
    ['train image --now', /--now is no flag of train, but of stop, down\./],
    ['train image other', /sm-local train takes image alone: "other" is too much/],
    ['status now', /sm-local status takes no words besides its flags: "now" is too much/],
    ['train image --name', /--name needs a value: NAME/],
    ['train image -i', /-i needs a value: CHANNEL=PATH\|URI/],
    ['describe', /sm-local describe needs the name/],
    ['push image', /sm-local push needs an image and the address/],
    ['describe trainingjob x', /no kind "trainingjob"[\s\S]*Did you mean training-job\?/],
    ['completion fsih', /no completion for fsih[\s\S]*Did you mean fish\?/],
  ];
  for (const [line, said] of cases) {
    it(`"${line}" is answered with what was meant`, async () => {
      await using directory = await temporaryDirectory();
      const io = testIo({ cwd: directory.path, env: { HOME: '/nowhere', SM_LOCAL_HOME: directory.path } });
      assert.equal(await main(line.split(' '), io), 2);
      assert.match(io.printed().err, said);
    });
  }
});
