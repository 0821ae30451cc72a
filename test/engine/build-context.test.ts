import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmod, link, mkdir, readFile, symlink, truncate, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { finished } from 'node:stream/promises';
import { extract } from 'tar-stream';
import { packContext } from '../../src/engine/docker/build-context.ts';
import { isError } from '../../src/errors.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../support/temporary-directory.ts';

describe('the build context', () => {
  let context: TemporaryDirectory;
  beforeEach(async () => {
    context = await temporaryDirectory();
    await files({ Dockerfile: 'FROM scratch\n' });
  });
  afterEach(() => context[Symbol.asyncDispose]());

  async function files(contents: Readonly<Record<string, string>>): Promise<void> {
    for (const [path, content] of Object.entries(contents)) {
      await mkdir(dirname(join(context.path, path)), { recursive: true });
      await writeFile(join(context.path, path), content);
    }
  }

  interface Sent {
    readonly type: string;
    readonly mode: string;
    readonly owner: string;
    readonly link: string | undefined;
    readonly content: string;
  }

  async function sent(dockerfile = 'Dockerfile', directory = context.path, without: readonly string[] = []): Promise<Map<string, Sent>> {
    const entries = new Map<string, Sent>();
    const reader = extract();
    (await packContext(directory, { dockerfile, without })).pipe(reader);
    for await (const entry of reader) {
      const { name, type, mode = 0, uid, gid, linkname } = entry.header;
      const chunks: Buffer[] = [];
      for await (const chunk of entry) chunks.push(chunk as Buffer);
      entries.set(name.replace(/\/$/, ''), {
        type: type ?? '',
        mode: mode.toString(8),
        owner: `${uid}:${gid}`,
        link: linkname ?? undefined,
        content: Buffer.concat(chunks).toString(),
      });
    }
    return entries;
  }

  const names = async (dockerfile?: string, directory?: string): Promise<string[]> =>
    [...(await sent(dockerfile, directory)).keys()].filter((name) => name !== '.').sort();

  describe('with a directory that no image needs', () => {
    const sparse = async (path: string, bytes: number): Promise<void> => {
      await files({ [path]: '' });
      await truncate(join(context.path, path), bytes);
    };
    const warnings = async (): Promise<readonly string[]> => {
      const told: string[] = [];
      const packed = await packContext(context.path, { dockerfile: 'Dockerfile', onWarning: (message) => told.push(message) });
      await finished(packed.resume());
      return told;
    };

    it('says once that it is large, and what to write into .dockerignore', async () => {
      await sparse('node_modules/a/a.node', 30_000_000);
      await sparse('node_modules/b/b.node', 30_000_000);
      await sparse('.git/objects/pack', 60_000_000);
      const [warning, ...others] = await warnings();
      assert.match(warning ?? '', /with \.git, which is more than 50 MB, .*\.dockerignore, a line each: node_modules, \.git$/);
      assert.deepEqual(others, []);
    });

    it('says nothing of a small one, of others, and where there is a .dockerignore', async () => {
      await sparse('node_modules/a.node', 1000);
      await sparse('data/node_modules/large.csv', 60_000_000);
      assert.deepEqual(await warnings(), []);
      await sparse('.venv/large.so', 60_000_000);
      await files({ '.dockerignore': 'data\n' });
      assert.deepEqual(await warnings(), []);
    });
  });

  it('has none of the files that are left out, by whatever names it and they are known', async () => {
    await files({ 'keys/token': 'secret', other: 'fine' });
    await link(join(context.path, 'keys/token'), join(context.path, 'copy'));
    await using elsewhere = await temporaryDirectory();
    const [here, key] = [join(elsewhere.path, 'here'), join(elsewhere.path, 'key')];
    await symlink(context.path, here);
    await symlink(join(here, 'keys/token'), key);
    for (const [directory, path] of [
      [context.path, join(context.path, 'keys/token')],
      [here, join(context.path, 'keys/token')],
      [context.path, join(here, 'keys/token')],
      [here, key],
    ] as const) {
      assert.deepEqual([...(await sent('Dockerfile', directory, [path])).keys()], ['Dockerfile', 'keys', 'other']);
    }
  });

  it('is the whole directory where no .dockerignore is', async () => {
    await files({ 'src/train.py': 'train', '.hidden': '', 'a/b/c.txt': 'deep' });
    await mkdir(join(context.path, 'empty'));
    assert.deepEqual(await names(), ['.hidden', 'Dockerfile', 'a', 'a/b', 'a/b/c.txt', 'empty', 'src', 'src/train.py']);
    assert.equal((await sent()).get('a/b/c.txt')?.content, 'deep');
  });

  it('is the same for a directory written with a slash at the end', async () => {
    await files({ 'src/train.py': '', 'secret.txt': '', '.dockerignore': 'secret.txt\n' });
    assert.deepEqual(await names('Dockerfile', `${context.path}/`), ['.dockerignore', 'Dockerfile', 'src', 'src/train.py']);
  });

  it('lacks what .dockerignore names', async () => {
    await files({
      '.dockerignore': '# a comment\n\n*.log\n/data/\n**/__pycache__\ndocs/*.md\n',
      'run.log': '',
      'src/run.log': '',
      'data/big.bin': '',
      'src/data/kept.bin': '',
      'src/__pycache__/x.pyc': '',
      '__pycache__/y.pyc': '',
      'docs/a.md': '',
      'docs/a.txt': '',
    });
    assert.deepEqual(await names(), [
      '.dockerignore',
      'Dockerfile',
      'docs',
      'docs/a.txt',
      'src',
      'src/data',
      'src/data/kept.bin',
      'src/run.log',
    ]);
  });

  it('keeps exceptions, even below directories that are ignored, and sends nothing else of those', async () => {
    await files({
      '.dockerignore': '*\n!src/**/*.py\n!keep/this.txt\nsrc/secret.py\n',
      'src/a/train.py': '',
      'src/a/notes.md': '',
      'src/secret.py': '',
      'keep/this.txt': '',
      'keep/not.txt': '',
      'node_modules/x/index.js': '',
    });
    assert.deepEqual(
      (await names()).filter((name) => name.includes('.')),
      ['.dockerignore', 'keep/this.txt', 'src/a/train.py'],
    );
    assert.ok(!(await names()).some((name) => name.startsWith('node_modules')));
  });

  it('lets the last rule that fits decide', async () => {
    await files({ '.dockerignore': '*.txt\n!b.txt\nb.*\n!c.txt\n', 'a.txt': '', 'b.txt': '', 'c.txt': '' });
    assert.deepEqual(await names(), ['.dockerignore', 'Dockerfile', 'c.txt']);
  });

  it('always holds the Dockerfile and the .dockerignore, which the builder needs', async () => {
    await files({ '.dockerignore': '**\n', 'train.py': '' });
    assert.deepEqual(await names(), ['.dockerignore', 'Dockerfile']);
  });

  it('holds a Dockerfile of another name, also in a directory that is ignored', async () => {
    await files({
      '.dockerignore': 'docker\nDockerfile\n',
      'docker/train.Dockerfile': 'FROM scratch\n',
      'docker/other': '',
      'train.py': '',
    });
    const found = await names('./docker/train.Dockerfile');
    assert.ok(found.includes('docker/train.Dockerfile'));
    assert.deepEqual(
      found.filter((name) => name !== 'docker'),
      ['.dockerignore', 'docker/train.Dockerfile', 'train.py'],
    );
  });

  it('follows <Dockerfile>.dockerignore instead of .dockerignore where there is one', async () => {
    await files({ '.dockerignore': 'a.txt\n', 'own.Dockerfile.dockerignore': 'b.txt\n', 'own.Dockerfile': '', 'a.txt': '', 'b.txt': '' });
    const found = await names('own.Dockerfile');
    assert.ok(found.includes('a.txt') && !found.includes('b.txt') && found.includes('own.Dockerfile'));
  });

  it('keeps modes, whatever the umask', async () => {
    await files({ 'bin/train': '#!/bin/sh\n', 'data.csv': '1\n' });
    await chmod(join(context.path, 'bin/train'), 0o755);
    await chmod(join(context.path, 'bin'), 0o775);
    await chmod(join(context.path, 'data.csv'), 0o666);
    const before = process.umask(0o077);
    try {
      const entries = await sent();
      const mode = (name: string): string | undefined => entries.get(name)?.mode;
      assert.deepEqual([mode('bin/train'), mode('bin'), mode('data.csv')], ['755', '775', '666']);
    } finally {
      process.umask(before);
    }
  });

  it('keeps symbolic links as links, those that lead nowhere or outside too', async () => {
    await files({ 'data/a.txt': 'a' });
    await symlink('data/a.txt', join(context.path, 'link'));
    await symlink('data', join(context.path, 'directory-link'));
    await symlink('/nowhere', join(context.path, 'dangling'));
    const entries = await sent();
    const linkOf = (name: string): unknown => [entries.get(name)?.type, entries.get(name)?.link];
    assert.deepEqual(linkOf('link'), ['symlink', 'data/a.txt']);
    assert.deepEqual(linkOf('directory-link'), ['symlink', 'data']);
    assert.deepEqual(linkOf('dangling'), ['symlink', '/nowhere']);
    assert.ok(!entries.has('directory-link/a.txt'));
  });

  it('leaves out what no archive can hold, such as pipes', async () => {
    execFileSync('mkfifo', [join(context.path, 'pipe')]);
    await files({ 'zz.txt': 'after' });
    assert.deepEqual(await names(), ['Dockerfile', 'zz.txt']);
  });

  it('belongs to root, so that the layer cache is the same for all users', async () => {
    await files({ 'a/b.txt': '' });
    for (const [name, { owner }] of await sent()) assert.equal(owner, '0:0', name);
  });

  it('may hold long names and names in other scripts', async () => {
    const long = `${'d'.repeat(120)}/${'f'.repeat(150)}.txt`;
    await files({ [long]: 'long', 'Übung/データ.csv': 'x' });
    const entries = await sent();
    assert.equal(entries.get(long)?.content, 'long');
    assert.equal(entries.get('Übung/データ.csv')?.content, 'x');
  });

  it('of a directory that does not exist is refused', async () => {
    await assert.rejects(packContext(join(context.path, 'gone'), { dockerfile: 'Dockerfile' }), (error) =>
      isError(error, 'InputUnreadable'),
    );
  });

  it('with rules that cannot be understood is refused with the name of their file', async () => {
    await files({ '.dockerignore': 'a(b\n' });
    await assert.rejects(
      async () => (await packContext(context.path, { dockerfile: 'Dockerfile' })).destroy(),
      (error) => isError(error, 'InputUnreadable') && error.message.includes('.dockerignore'),
    );
    assert.match(await readFile(join(context.path, '.dockerignore'), 'utf8'), /a\(b/);
  });
});
