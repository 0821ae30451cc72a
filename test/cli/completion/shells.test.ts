import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Records } from '../../../src/store/records.ts';
import { sayNotRun } from '../../support/private-engine.ts';
import { isInstalled } from '../../support/programs.ts';
import { projectRoot } from '../../support/real-engine.ts';
import { openShell, type ShellName } from '../../support/shell-session.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../../support/temporary-directory.ts';

const setUp: Readonly<Record<ShellName, string>> = {
  bash: 'source <(sm-local completion bash)',
  zsh: 'autoload -U compinit; compinit -u -D; source <(sm-local completion zsh)',
  fish: 'sm-local completion fish | source',
};

for (const shell of ['bash', 'zsh', 'fish'] as const) {
  if (process.platform !== 'linux' || !isInstalled('script') || !isInstalled(shell)) {
    sayNotRun(`completion in ${shell}`, `it takes ${shell} and the program script on Linux`);
    continue;
  }
  describe(`completion in ${shell}`, function () {
    this.timeout(60_000);
    let directory: TemporaryDirectory;
    before(async () => {
      directory = await temporaryDirectory();
      for (const name of ['bin', 'my data']) mkdirSync(join(directory.path, name));
      writeFileSync(join(directory.path, 'my data/part:1.csv'), '');
      symlinkSync(join(projectRoot, 'bin/sm-local.js'), join(directory.path, 'bin/sm-local'));
      await new Records<object>({ records: join(directory.path, 'home/records') }, 'training-job').put('iris-with-a-name', {});
    });
    after(() => directory[Symbol.asyncDispose]());

    it('completes commands, flags, their words, names, and paths with spaces and colons behind an =', async () => {
      const env = {
        ...process.env,
        PATH: `${join(directory.path, 'bin')}:${process.env.PATH}`,
        SM_LOCAL_HOME: join(directory.path, 'home'),
        HOME: directory.path,
      };
      await using session = openShell(shell, { cwd: directory.path, env });
      await session.type(`${setUp[shell]}; echo re''ady\r`, /ready/);
      const cancel = '\u0015'; // the whole line
      await session.type('sm-local desc\t', /describe /);
      await session.type('iri\t', /with-a-name /);
      await session.type(`${cancel}sm-local train --manif\t`, /est-names /);
      await session.type('r\t', /relative /);
      await session.type(`${cancel}sm-local train --hp a=b -i train=./my\t`, /my\\ data\//);
      await session.type('part\t', /part(\\:|:)1\.csv /);
      await session.type(`${cancel}sm-local train -i 'train=./my d\t`, /data\//);
    });
  });
}
