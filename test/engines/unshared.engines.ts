import assert from 'node:assert/strict';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TrainingRecord } from '../../src/jobs/record.ts';
import { openHome } from '../../src/store/home.ts';
import { Records } from '../../src/store/records.ts';
import { type Ended, runCommand, startCommand } from '../support/command.ts';
import { withLeftoverCheck } from '../support/leftovers.ts';
import { canStartEngines, type PrivateEngine, sayNotRun, startPrivateEngine } from '../support/private-engine.ts';
import { baseImage, projectRoot } from '../support/real-engine.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../support/temporary-directory.ts';

/** What of this machine's files the engine does not see. */
const cases = [
  ['any file of the user', ['home', 'project']],
  ['the project, though it sees the home', ['project']],
  ['the home, though it sees the project', ['home']],
] as const;

if (canStartEngines) {
  for (const [unseen, hidden] of cases) {
    describe(`an engine that does not see ${unseen}`, function () {
      this.timeout(120_000);
      let machine: PrivateEngine;
      let at: Readonly<Record<'home' | 'project', TemporaryDirectory>>;
      before(async () => {
        at = { home: await temporaryDirectory(), project: await temporaryDirectory() };
        machine = await startPrivateEngine({ hide: hidden.map((each) => at[each].path) });
        await cp(join(projectRoot, 'examples/iris'), at.project.path, { recursive: true });
      });
      withLeftoverCheck(() => machine.engine());
      after(async () => {
        await machine?.[Symbol.asyncDispose]();
        for (const each of Object.values(at ?? {})) await each[Symbol.asyncDispose]();
      });

      const place = () => ({ home: join(at.home.path, 'home'), cwd: at.project.path });
      const flags = (): string[] => ['--engine', machine.address.host, '--build-arg', `BASE_IMAGE=${baseImage()}`];
      const run = (...args: string[]): Promise<Ended> => runCommand([...args, ...flags()], place());
      const record = async (name: string): Promise<TrainingRecord> => {
        const found = await new Records<TrainingRecord>(await openHome(place().home), 'training-job').read(name);
        assert.ok(found, name);
        return found;
      };

      it('builds', async () => {
        const { code, err } = await run('build');
        assert.equal(code, 0, err);
      });

      for (const mode of ['File', 'FastFile'] as const) {
        it(`trains on channels in ${mode} mode, keeps checkpoints, and brings back the model`, async () => {
          const name = `job-${mode.toLowerCase()}`;
          const { code, out, err } = await run('train', '--name', name, '--input-mode', mode, '--checkpoints', './checkpoints');
          assert.equal(code, 0, out + err);
          assert.ok(!/^Warning: (?!Channels? .*(is|are) copied)/m.test(err), warnings(err));
          const { files, status } = await record(name);
          assert.equal(status, 'Completed');
          assert.ok((await readFile(files.model ?? '')).length > 100);
        });
      }

      if (hidden.some((each) => each === 'home'))
        it('says of Pipe mode that it needs shared files', async () => {
          const { code, err } = await run('train', '--input-mode', 'Pipe');
          assert.equal(code, 3);
          assert.match(err, /in Pipe mode.*does not see this machine's files/);
        });

      it('writes nothing into the directories of the user', async () => {
        await mkdir(join(at.project.path, 'kept'));
        await writeFile(join(at.project.path, 'kept/a.txt'), 'as it was');
        const { code, out, err } = await run(
          'train',
          '--project',
          'none',
          '.',
          '-i',
          'train=data/train',
          '-i',
          'validation=data/validation',
          '-i',
          'more=kept',
        );
        assert.equal(code, 0, out + err);
        assert.equal(await readFile(join(at.project.path, 'kept/a.txt'), 'utf8'), 'as it was');
      });

      for (const model of ['./model', 'job-file'] as const) {
        it(`serves the model ${model}`, async () => {
          const serving = startCommand(['serve', '--model', model, '--port', '0', '--name', 'iris', ...flags()], place());
          await serving.until(/InService at/);
          const { code, out, err } = await runCommand(['invoke', '--content-type', 'text/csv', '--body', '5.1,3.5,1.4,0.2'], place());
          serving.signal('SIGINT');
          assert.equal((await serving.ended).code, 0);
          assert.equal(code, 0, err);
          assert.match(out, /setosa|\d/);
        });
      }

      it('serves what is edited meanwhile: what is synced, what is built, and what is declared', async () => {
        const program = join(at.project.path, 'classifier.py');
        const code = await readFile(program, 'utf8');
        const sync = ['--sync', `/opt/declared=${join(at.project.path, 'data')}`];
        const args = ['--watch', '--model', './model', '--port', '0', '--name', 'iris', ...sync];
        const serving = startCommand(['serve', ...args, ...flags()], place());
        await serving.until(/Waiting for changes/);
        await writeFile(program, `${code}\n`);
        await serving.until(/classifier\.py → \S+, starting[\s\S]*iris answers with it, after/);
        await writeFile(join(at.project.path, 'data/more.csv'), '1,2\n');
        await serving.until(/more\.csv → synced, starting[\s\S]*iris answers with it, after/);
        await writeFile(join(at.project.path, 'Dockerfile'), `${await readFile(join(at.project.path, 'Dockerfile'), 'utf8')}RUN true\n`);
        await serving.until(/Dockerfile → rebuilding: [\s\S]*iris answers with it, after/);
        const { code: exitCode, err } = await runCommand(['invoke', '--content-type', 'text/csv', '--body', '5.1,3.5,1.4,0.2'], place());
        serving.signal('SIGINT');
        assert.equal((await serving.ended).code, 0);
        assert.equal(exitCode, 0, err);
      });

      it('trains anew on what is edited: source code that is delivered, and a program that is laid over the image', async () => {
        const inProject = (...path: string[]): string => join(at.project.path, ...path);
        await cp(join(projectRoot, 'fixtures/images/script-mode'), inProject('script'), { recursive: true });
        await mkdir(inProject('src'));
        const save = (loss: string): Promise<void> => writeFile(inProject('src/train.py'), `print("loss=${loss}")\n`);
        await save('0.5');
        const asked = [
          './script',
          '--project',
          'none',
          '--source-dir',
          'src',
          '--entry-point',
          'train.py',
          '--metric',
          'loss=loss=([0-9.]+)',
        ];
        const training = startCommand(['train', ...asked, '--watch', '--name', 'watched', '-i', 'train=data/train', ...flags()], place());
        await training.until(/Waiting for a change/);
        await save('0.25');
        await training.until(/src\/train\.py → delivered anew[\s\S]*Waiting for a change/);
        const program = await readFile(inProject('script/train'), 'utf8');
        await writeFile(inProject('script/train'), `${program}\n`);
        await training.until(/script\/train → laid over the image[\s\S]*watched-3[\s\S]*Waiting for a change/);
        training.signal('SIGINT');
        const { code, out, err } = await training.ended;
        assert.equal(code, 130, err);
        assert.match(out, /loss +0\.25 +0\.5 +-0\.25/);
        assert.equal((await record('watched-3')).status, 'Completed');
      });

      // A minute and more: once will do.
      if (hidden.length > 1)
        it('checks an image: nothing is blamed on it that the engine is to blame for', async () => {
          const { code, out, err } = await run('check');
          assert.equal(code, 0, out + err);
        });

      it('cleans and resets', async () => {
        assert.equal((await runCommand(['clean', '--engine', machine.address.host], place())).code, 0);
        assert.equal((await runCommand(['reset', '--yes', '--engine', machine.address.host], place())).code, 0);
      });
    });
  }
} else {
  sayNotRun('engines that do not see the files of this machine');
}

const warnings = (err: string): string =>
  err
    .split('\n')
    .filter((line) => line.startsWith('Warning'))
    .join('\n');
