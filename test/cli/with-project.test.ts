import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Io } from '../../src/cli/io.ts';
import { main } from '../../src/cli/main.ts';
import type { Sink } from '../../src/cli/sink.ts';
import { withProject } from '../../src/cli/with-project.ts';
import { fail, isError } from '../../src/errors.ts';
import type { OptionName } from '../../src/options/options.ts';
import { serveCommandOptions } from '../../src/options/serve-options.ts';
import { trainOptions } from '../../src/options/train-options.ts';
import type { GivenOptions } from '../../src/options/values.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../support/temporary-directory.ts';

describe('a command where a project file is', () => {
  let directory: TemporaryDirectory;
  let io: Io;
  let out = '';
  let err = '';
  const at = (...parts: string[]): string => join(directory.path, ...parts);
  const file = (text: string, path = 'sm-local.yaml'): void => writeFileSync(at(path), text);
  const sink = (write: (text: string) => void): Sink => ({
    async write(text) {
      write(String(text));
    },
    isTerminal: false,
    width: undefined,
  });
  beforeEach(async () => {
    directory = await temporaryDirectory();
    mkdirSync(at('sub/image'), { recursive: true });
    out = '';
    err = '';
    io = {
      out: sink((text) => {
        out += text;
      }),
      err: sink((text) => {
        err += text;
      }),
      env: { HOME: '/nowhere' },
      cwd: directory.path,
      color: false,
      now: () => new Date(),
    };
  });
  afterEach(() => directory[Symbol.asyncDispose]());

  /** What the command itself would be run with. */
  async function told(
    name: string,
    words: readonly string[],
    given: GivenOptions,
    here = io,
    options: readonly OptionName[] = trainOptions,
  ) {
    let seen: { readonly words: readonly string[]; readonly given: GivenOptions } | undefined;
    const run = async (wordsThere: readonly string[], givenThere: GivenOptions): Promise<number> => {
      seen = { words: wordsThere, given: givenThere };
      return 0;
    };
    await withProject(name, { options, words: [0, 1], run }).run(words, given, here);
    return seen;
  }

  it('is run as it was given where there is none', async () => {
    assert.deepEqual(await told('train', ['image'], { name: 'n' }), { words: ['image'], given: { name: 'n' } });
    assert.equal(err, '');
  });

  for (const [name, flag, given] of [
    ['train', '--sync', { sync: ['/opt/program=./src'] }],
    ['serve', '--sync', { sync: ['/opt/program=./src'] }],
    ['serve', '--body', { body: '@sample.json' }],
    ['serve', '--accept', { accept: 'text/csv' }],
  ] as const) {
    it(`${name} refuses ${flag} without --watch, which alone makes something of it`, async () => {
      await assert.rejects(
        told(name, ['image'], given),
        (error) =>
          isError(error, 'WrongUsage') &&
          error.message.includes(`${flag} does nothing without --watch`) &&
          /Add --watch/.test(error.remedy),
      );
      assert.ok(await told(name, ['image'], { ...given, watch: true }));
    });
  }

  it('takes from a file what is for --watch alone, with it and without it', async () => {
    file('image: sub/image\nserve: {body: "@sample.json"}');
    writeFileSync(at('sub/image/Dockerfile'), '');
    assert.ok(await told('serve', [], {}, io, serveCommandOptions));
  });

  it('takes the image and the options of the file, and what is given wins', async () => {
    file('image: sub/image\ntrain: {hp: {epochs: 100, a: 1}, output: out, name: n}');
    writeFileSync(at('sub/image/Dockerfile'), '');
    assert.deepEqual(await told('train', [], { hp: ['epochs=5'], name: 'own' }), {
      words: ['./sub/image'],
      given: { hp: ['a=1', 'epochs=5'], output: at('out'), name: 'own' },
    });
    assert.deepEqual((await told('train', ['own:1'], {}))?.words, ['own:1']);
    assert.equal(err, '');
  });

  it('writes the image as a person would who is in the current directory', async () => {
    file('image: .');
    writeFileSync(at('Dockerfile'), '');
    assert.deepEqual((await told('train', [], {}))?.words, ['.']);
    assert.deepEqual((await told('train', [], {}, { ...io, cwd: at('sub') }))?.words, [directory.path]);
  });

  it('says which file it is where that is not in the current directory', async () => {
    file('region: eu-west-1');
    assert.deepEqual((await told('ls', [], {}, { ...io, cwd: at('sub') }, ['region']))?.given, { region: 'eu-west-1' });
    assert.equal(err, `Project file: ${at('sm-local.yaml')}\n`);
  });

  it('takes another file that is named, or none, by the flag before the environment', async () => {
    file('region: eu-west-1');
    file('region: eu-north-1', 'sub/sm-local.yml');
    const region = async (given: GivenOptions, env: Io['env'] = {}): Promise<unknown> =>
      (await told('ls', [], given, { ...io, env }, ['region']))?.given.region;
    assert.equal(await region({ project: 'sub' }), 'eu-north-1');
    assert.equal(await region({ project: 'none' }), undefined);
    assert.equal(await region({}, { SM_LOCAL_PROJECT: 'sub/sm-local.yml' }), 'eu-north-1');
    assert.equal(await region({}, { SM_LOCAL_PROJECT: 'none' }), undefined);
    assert.equal(await region({ project: '.' }, { SM_LOCAL_PROJECT: 'none' }), 'eu-west-1');
    await assert.rejects(region({ project: ['sub', '.'] }), { code: 'WrongUsage', message: '--project was given 2 times.' });
    await assert.rejects(region({ project: 'elsewhere' }), { code: 'InputNotFound', message: /^--project: / });
  });

  it('says where in the file an option stands that the command refuses', async () => {
    file('train:\n  instance-count: 2.5\n  hyperparameters: hp.json');
    const refused = (error: Error, given: GivenOptions = {}): Promise<unknown> =>
      withProject('train', { options: trainOptions, words: [0, 1], run: () => Promise.reject(error) }).run(
        [],
        given,
        io,
      ) as Promise<unknown>;
    const wrong = fail('WrongUsage', { message: '--instance-count 2.5: that is not a whole number.', remedy: 'Use 2.' });
    await assert.rejects(refused(wrong), { code: 'WrongUsage', remedy: 'Use 2.', message: `sm-local.yaml:2:3: ${wrong.message}` });
    await assert.rejects(refused(wrong, { 'instance-count': '2.5x' }), { message: wrong.message });
    const missing = fail('InputNotFound', { what: '--hyperparameters', path: '/hp.json' });
    await assert.rejects(refused(missing), { message: `sm-local.yaml:3:3: ${missing.message}` });
    const other = new Error('--instance-count');
    await assert.rejects(refused(other), other);
  });

  it('reads it on the command line, with either parser', async () => {
    file('region: eu-west-1\nhome: state');
    assert.equal(await main(['env', '--format', 'dotenv'], io), 0);
    assert.match(out, /^AWS_REGION="?eu-west-1"?$/m);
    assert.match(out, new RegExp(`${at('state')}/sagemaker-config`));
    out = '';
    assert.equal(await main(['env', '--format=dotenv', '--region=us-west-2', '--no-such'], io), 2);
    assert.equal(await main(['env', '--format', 'dotenv'], { ...io, env: { AWS_REGION: 'us-west-1' } }), 0);
    assert.match(out, /^AWS_REGION="?us-west-1"?$/m);
  });

  it('ends with exit code 2 where the file has mistakes, and tells all of them', async () => {
    file('regoin: x\ntrain: {nam: n}');
    assert.equal(await main(['ls'], io), 2);
    assert.match(
      err,
      /^Error: sm-local\.yaml:1:1: regoin: .*Did you mean region\?\nsm-local\.yaml:2:9: train\.nam: .*Did you mean name\?\nCorrect the project file/,
    );
    assert.equal(await main(['ls', '--json'], io), 2);
    assert.equal((JSON.parse(out) as { code: string }).code, 'ProjectInvalid');
    assert.equal(await main(['env', '--project', 'none', '--home', at('h')], io), 0);
  });
});
