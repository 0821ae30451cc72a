import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { chmod, mkdir, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { type CodeWatch, watchCode } from '../../src/dev/code-watch.ts';
import { Scope } from '../../src/scope.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

describe('watched code', () => {
  const scope = new Scope();
  afterEach(() => scope[Symbol.asyncDispose]());

  async function watched(files: Readonly<Record<string, string>>): Promise<{ readonly root: string; readonly watch: CodeWatch }> {
    const root = scope.use(await temporaryDirectory()).path;
    for (const [name, text] of Object.entries(files)) await put(root, name, text);
    return { root, watch: scope.use(await watchCode({ context: root, others: [] })) };
  }
  const put = async (root: string, name: string, text: string): Promise<void> => {
    await mkdir(join(root, name, '..'), { recursive: true });
    await writeFile(join(root, name), text);
  };
  /** Everything up to a change of `sentinel`, which comes last. */
  async function changesUntil(root: string, watch: CodeWatch): Promise<readonly string[]> {
    const signal = AbortSignal.timeout(10_000);
    await put(root, 'sentinel', String(performance.now()));
    const found = new Set<string>();
    while (!found.has('sentinel')) for (const path of await watch.next(signal)) found.add(relative(root, path));
    found.delete('sentinel');
    return [...found].sort();
  }

  it('tells a burst at once, each file once', async () => {
    const { root, watch } = await watched({ Dockerfile: 'FROM base', 'a.py': '1', 'lib/b.py': '1' });
    const { overtaken } = watch;
    assert.equal(overtaken.aborted, false);
    await put(root, 'a.py', '');
    await put(root, 'a.py', '2');
    await put(root, 'lib/b.py', '2');
    await put(root, 'lib/new/c.py', '2');
    const changed = await changesUntil(root, watch);
    assert.deepEqual(
      changed.filter((path) => path.endsWith('.py')),
      ['a.py', 'lib/b.py', 'lib/new/c.py'],
    );
    assert.equal(overtaken.aborted, true);
    assert.equal(watch.overtaken.aborted, false, 'a new one for what comes next');
  });

  it('sees editors that write beside and rename, and what goes', async () => {
    const { root, watch } = await watched({ Dockerfile: 'FROM base', 'a.py': '1', 'b.py': '1' });
    await writeFile(join(root, '.a.py.swp'), 'swap');
    await writeFile(join(root, 'a.py~'), '2');
    await rename(join(root, 'a.py~'), join(root, 'a.py'));
    await rm(join(root, 'b.py'));
    assert.deepEqual(await changesUntil(root, watch), ['a.py', 'b.py']);
  });

  it('leaves out what git and Docker ignore and what programs write, until the ignore files change', async () => {
    const { root, watch } = await watched({
      Dockerfile: 'FROM base',
      '.dockerignore': 'notes\n*.md\n!README.md',
      '.gitignore': '*.log\n/data/',
      'lib/.gitignore': '!kept.log',
      'lib/kept.log': '1',
    });
    for (const name of [
      'notes/a.txt',
      'a.md',
      'a.log',
      'data/x.csv',
      'lib/other.log',
      '__pycache__/a.pyc',
      '.git/index',
      'node_modules/x/y.js',
    ])
      await put(root, name, '2');
    await put(root, 'README.md', '2');
    await put(root, 'lib/kept.log', '2');
    const changed = await changesUntil(root, watch);
    assert.deepEqual(
      changed.filter((path) => /\./.test(path)),
      ['README.md', 'lib/kept.log'],
    );
    await put(root, '.gitignore', '/data/');
    assert.ok((await changesUntil(root, watch)).includes('.gitignore'));
    await put(root, 'a.log', '3');
    assert.deepEqual(await changesUntil(root, watch), ['a.log']);
  });

  it('goes by the ignore files of the whole repository', async () => {
    const root = scope.use(await temporaryDirectory()).path;
    execFileSync('git', ['init', '-q', root]);
    await put(root, '.gitignore', 'out/\n');
    await put(root, 'image/Dockerfile', 'FROM base');
    const watch = scope.use(await watchCode({ context: join(root, 'image'), others: [] }));
    await put(root, 'image/out/x.txt', '1');
    await put(root, 'image/a.py', '1');
    await put(root, 'beside.py', '1');
    assert.deepEqual(await changesUntil(join(root, 'image'), watch), ['a.py']);
  });

  it('does not follow links out of it', async () => {
    const elsewhere = scope.use(await temporaryDirectory()).path;
    await put(elsewhere, 'a.py', '1');
    const { root, watch } = await watched({ Dockerfile: 'FROM base' });
    await symlink(elsewhere, join(root, 'link'));
    assert.deepEqual(await changesUntil(root, watch), ['link']);
    await put(elsewhere, 'a.py', '2');
    assert.deepEqual(await changesUntil(root, watch), []);
  });

  it('sees what .dockerignore lets back in', async () => {
    const allowed: readonly (readonly [rules: string, seen: readonly string[]])[] = [
      ['*\n!src/a.py', ['src/a.py']],
      ['*\n!src/*.py', ['src/a.py', 'src/b.py']],
      ['*\n!src', ['src/a.py', 'src/b.py', 'src/deep/c.py']],
      ['*\n!src/deep/c.py', ['src/deep/c.py']],
      ['src\n!src/deep', ['a.py', 'src/deep/c.py']],
    ];
    for (const [rules, seen] of allowed) {
      const names = ['a.py', 'src/a.py', 'src/b.py', 'src/deep/c.py'];
      const { root, watch } = await watched({
        Dockerfile: 'FROM base',
        '.dockerignore': `${rules}\n!sentinel`,
        ...Object.fromEntries(names.map((name) => [name, '1'])),
      });
      for (const name of names) await put(root, name, '2');
      assert.deepEqual(await changesUntil(root, watch), seen, rules);
    }
  });

  it('goes on seeing what is in a directory that is removed and made again at once', async () => {
    const { root, watch } = await watched({ Dockerfile: 'FROM base', 'lib/deep/a.py': '0' });
    for (let round = 1; round <= 6; round += 1) {
      await rm(join(root, 'lib'), { recursive: true });
      await put(root, 'lib/deep/a.py', `${round}`);
      assert.ok((await changesUntil(root, watch)).includes('lib/deep/a.py'), `made again, ${round}`);
      await put(root, 'lib/deep/a.py', `${round} edited`);
      assert.ok((await changesUntil(root, watch)).includes('lib/deep/a.py'), `edited, ${round}`);
    }
  });

  it('goes on seeing a directory whose inode is used again, and one that another is moved over', async () => {
    const { root, watch } = await watched({ Dockerfile: 'FROM base', 'lib/a.py': '0' });
    /** The watcher does not say when it has taken up the new directory; until then a save may go unseen, on a busy machine. */
    const seesEdit = async (text: string): Promise<boolean> => {
      for (let save = 1; save <= 3; save += 1) {
        await put(root, 'lib/a.py', `${text}, saved ${save}`);
        if ((await changesUntil(root, watch)).includes('lib/a.py')) return true;
      }
      return false;
    };
    for (let round = 1; round <= 4; round += 1) {
      rmSync(join(root, 'lib'), { recursive: true });
      mkdirSync(join(root, 'lib'));
      writeFileSync(join(root, 'lib/a.py'), `${round}`);
      await changesUntil(root, watch);
      assert.ok(await seesEdit(`${round} edited`), `edited, ${round}`);
    }
    const beside = scope.use(await temporaryDirectory()).path;
    await put(beside, 'new/a.py', 'moved');
    renameSync(join(root, 'lib'), join(beside, 'old'));
    renameSync(join(beside, 'new'), join(root, 'lib'));
    assert.ok((await changesUntil(root, watch)).includes('lib/a.py'), 'moved over');
    assert.ok(await seesEdit('moved and edited'), 'moved over and edited');
  });

  it('sees a single file that goes and comes back, and nothing beside it', async () => {
    const root = scope.use(await temporaryDirectory()).path;
    await put(root, 'own.py', '1');
    const watch = scope.use(await watchCode({ others: [join(root, 'own.py')] }));
    await put(root, 'other.py', '1');
    await rm(join(root, 'own.py'));
    assert.deepEqual(await watch.next(AbortSignal.timeout(10_000)), [join(root, 'own.py')]);
    await put(root, 'own.py', '2');
    assert.deepEqual(await watch.next(AbortSignal.timeout(10_000)), [join(root, 'own.py')]);
  });

  it('tells a rename at once, and nothing of files that came and went', async () => {
    const { root, watch } = await watched({ Dockerfile: 'FROM base', 'a.py': '1', 'b.py': '1' });
    await writeFile(join(root, '.goutputstream-AB12CD'), '2');
    await rename(join(root, '.goutputstream-AB12CD'), join(root, 'a.py'));
    await rename(join(root, 'b.py'), join(root, 'c.py'));
    const changed = await watch.next(AbortSignal.timeout(10_000));
    assert.deepEqual(
      changed
        .map((path) => relative(root, path))
        .filter((path) => path !== '')
        .sort(),
      ['a.py', 'b.py', 'c.py'],
    );
  });

  it('sees that a file has got other rights', async () => {
    const { root, watch } = await watched({ Dockerfile: 'FROM base', 'a.sh': '1' });
    await utimes(join(root, 'a.sh'), new Date(), new Date(Date.now() - 60_000)); // it has been read since it was written
    await changesUntil(root, watch);
    await chmod(join(root, 'a.sh'), 0o755);
    assert.ok((await changesUntil(root, watch)).includes('a.sh'));
  });

  it('ends with the signal, and when it is disposed', async () => {
    const { watch } = await watched({ Dockerfile: 'FROM base' });
    const stop = new AbortController();
    const waiting = watch.next(stop.signal);
    stop.abort(new Error('enough'));
    await assert.rejects(waiting, /enough/);
  });
});
