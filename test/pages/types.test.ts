import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Page } from '../support/page.ts';
import { projectRoot } from '../support/real-engine.ts';

describe('the TypeScript of the pages', function () {
  this.timeout(60_000);
  const directory = join(projectRoot, `dist/pages-${process.pid}`); // where it finds the package by its name
  before(() => mkdirSync(directory, { recursive: true }));
  after(() => rmSync(directory, { recursive: true, force: true }));

  it('has the types that the package says', async () => {
    for (const page of ['library.md', 'testcontainers.md']) {
      writeFileSync(join(directory, page.replace('.md', '.ts')), (await Page.read(page)).program('ts'));
    }
    const compilerOptions = {
      strict: true,
      module: 'nodenext',
      target: 'es2022',
      lib: ['es2022', 'esnext.disposable'],
      types: ['node'],
      skipLibCheck: true,
      noEmit: true,
    };
    writeFileSync(join(directory, 'tsconfig.json'), JSON.stringify({ compilerOptions }));
    execFileSync(process.execPath, [join(projectRoot, 'node_modules/typescript/bin/tsc'), '-p', directory], { encoding: 'utf8' });
  });
});
