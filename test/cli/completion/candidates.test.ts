import assert from 'node:assert/strict';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { commandNames, commands } from '../../../src/cli/command-table.ts';
import { complete } from '../../../src/cli/completion/complete.ts';
import { shellWords } from '../../../src/cli/completion/shell-words.ts';
import { Records } from '../../../src/store/records.ts';
import { testIo } from '../../support/io.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../../support/temporary-directory.ts';

describe('completion', () => {
  let directory: TemporaryDirectory;
  const at = (...parts: string[]): string => join(directory.path, ...parts);
  beforeEach(async () => {
    directory = await temporaryDirectory();
    mkdirSync(at('my data'));
    mkdirSync(at('image'));
    for (const name of ['my data/part one.csv', 'request.json', 'model:1.tar.gz', '.hidden']) writeFileSync(at(name), '');
    const jobs = new Records<object>({ records: at('home/records') }, 'training-job');
    await jobs.put('iris-1', { endTime: '2026-01-31T12:00:00.000Z' });
    await jobs.put('iris-2', {});
    await new Records<object>({ records: at('home/records') }, 'endpoint').put('iris', {});
    await new Records<object>({ records: at('home/records') }, 'model').put('iris-model', {});
    const elsewhere = { records: at('home/accounts/111122223333/eu-west-1/records') };
    await new Records<object>(elsewhere, 'training-job').put('far-away', {});
  });
  afterEach(() => directory[Symbol.asyncDispose]());

  /** What fish is told, which quotes by itself: the words without their descriptions. */
  async function offered(line: string, env: Record<string, string> = { SM_LOCAL_HOME: at('home') }): Promise<readonly string[]> {
    const words = shellWords(line).map(({ text }) => text);
    const io = testIo({ cwd: directory.path, env: { HOME: '/nowhere', ...env } });
    assert.equal(await complete(['fish', words.at(-1) ?? '', ...words.slice(0, -1)], io), 0);
    return linesOf(io.printed().out).map((each) => each.split('\t')[0] ?? '');
  }

  it('offers every command, and what stands in its place', async () => {
    assert.deepEqual(await offered(''), [...commandNames, 'help', '--help', '--version']);
    assert.deepEqual(await offered('des'), ['describe']);
    assert.deepEqual(await offered('help desc'), ['describe']);
    assert.deepEqual(await offered('nothing '), []);
  });

  it('offers every flag of a command, and not again one that takes a single value', async () => {
    for (const name of commandNames) {
      const flags = (await offered(`${name} --`)).toSorted();
      assert.deepEqual(flags, [...commands[name].options.map((option) => `--${option}`), '--help'].toSorted(), name);
    }
    assert.deepEqual(await offered('train --name a --nam'), []);
    assert.deepEqual(await offered('train --hp a=b --hp'), ['--hp']);
    assert.deepEqual(await offered('clean '), await offered('clean --'), 'where no word can stand');
  });

  it('offers the words that an option chooses from, wherever they are declared', async () => {
    assert.deepEqual(await offered('train --workspace '), ['bind', 'archive']);
    assert.deepEqual(await offered('train --workspace=b'), ['--workspace=bind']);
    assert.deepEqual(await offered('train --gpus '), ['all']);
    assert.deepEqual(await offered('train --input-mode train=F'), ['train=File', 'train=FastFile']);
    assert.deepEqual(await offered('train --limit stop'), ['stop-grace=']);
    assert.deepEqual(await offered('serve --fault lat'), ['latency=']);
    assert.deepEqual(await offered('train --instance-type ml.m5.l'), ['ml.m5.large']);
    assert.deepEqual(await offered('env --format d'), ['dotenv', 'docker']);
    assert.deepEqual(await offered('check --format j'), ['json', 'junit']);
    assert.ok((await offered('check --only s')).includes('serve-ping'));
    assert.deepEqual(await offered('ls '), ['training-job', 'endpoint', 'model', 'endpoint-config']);
    assert.deepEqual(await offered('completion '), ['bash', 'zsh', 'fish']);
  });

  it('offers files where a flag takes a path, behind what stands before it, and directories where only those will do', async () => {
    assert.deepEqual(await offered('train -f re'), ['request.json']);
    assert.deepEqual(await offered('train -fre'), ['-frequest.json']);
    assert.deepEqual(await offered('train -i train=./m'), ['train=./model:1.tar.gz', 'train=./my data/']);
    assert.deepEqual(await offered('train --input=train=my\\ data/'), ['--input=train=my data/part one.csv']);
    assert.deepEqual(await offered('train --source-dir '), ['home/', 'image/', 'my data/']);
    assert.deepEqual(await offered('train .h'), []);
    assert.deepEqual(await offered('train -f .h'), ['.hidden']);
    assert.deepEqual(await offered('invoke --body @re'), ['@request.json']);
    assert.deepEqual(await offered('build --secret id=pip,src=re'), ['id=pip,src=request.json']);
    assert.deepEqual(await offered('train im'), ['image/']);
    assert.deepEqual(await offered('train -i train=s3://bucket/'), []);
  });

  it('offers nothing where any text will do', async () => {
    for (const line of ['train --hp ', 'train --hp a=', 'train --env A', 'train --name ', 'train image ', 'train --metric loss=']) {
      const found = await offered(line);
      assert.deepEqual(found, line.endsWith('image ') ? await offered('train --') : [], line);
    }
  });

  it('offers what there is by its name, of the kinds that the command is for', async () => {
    assert.deepEqual(await offered('describe iris'), ['iris-1', 'iris-2', 'iris', 'iris-model']);
    assert.deepEqual(await offered('describe model '), ['iris-model']);
    assert.deepEqual(await offered('logs training-jobs '), ['iris-1', 'iris-2']);
    assert.deepEqual(await offered('stop i'), ['iris-2', 'iris']);
    assert.deepEqual(await offered('invoke i'), ['iris']);
    assert.deepEqual(await offered('serve --model iris'), ['iris-1', 'iris-2']);
    assert.deepEqual(await offered('describe endpoint iris '), await offered('describe --'));
  });

  it('looks where the command would look: in the home of the line or the project, for its account and region', async () => {
    assert.deepEqual(await offered('logs --account 111122223333 --region eu-west-1 f'), ['far-away']);
    assert.deepEqual(await offered(`logs --home=${at('home')} iris-`, {}), ['iris-1', 'iris-2']);
    // Without a project it is the home of whoever runs the tests, which has jobs perhaps, but none of this name.
    const name = `of-this-project-${process.pid}`;
    await new Records<object>({ records: at('home/records') }, 'training-job').put(name, {});
    writeFileSync(at('sm-local.yaml'), 'home: home\n');
    assert.deepEqual(await offered('logs of-this-', {}), [name]);
    assert.deepEqual(await offered('logs --project none of-this-', {}), []);
  });

  it('makes no home where there is none, and says nothing of what is broken', async () => {
    assert.deepEqual(await offered('describe ir', { SM_LOCAL_HOME: at('none') }), []);
    assert.equal(existsSync(at('none')), false);
    writeFileSync(at('sm-local.yaml'), 'home: [\n');
    const io = testIo({ cwd: directory.path, env: { HOME: '/nowhere' } });
    assert.equal(await complete(['fish', '', 'describe'], io), 1);
    assert.deepEqual(io.printed(), { out: '', err: '' });
  });

  it('has bash replace what is behind its own word breaks, quoted as the word is', async () => {
    const told = async (line: string, part: string): Promise<readonly string[]> => {
      const io = testIo({ cwd: directory.path, env: { HOME: '/nowhere' } });
      await complete(['bash', line, part], io);
      return linesOf(io.printed().out);
    };
    assert.deepEqual(await told('sm-local train -i train=./my', './my'), ['./my\\ data/']);
    assert.deepEqual(await told('A=1 sm-local train -i "train=my d', 'train=my d'), ['train=my data/']);
    assert.deepEqual(await told('sm-local serve --model model:', ''), ['1.tar.gz']);
    assert.deepEqual(await told('sm-local train --limit=st', 'st'), ['startup=', 'stream=', 'stop-grace=']);
  });
});

const linesOf = (text: string): readonly string[] => text.split('\n').slice(0, -1);
