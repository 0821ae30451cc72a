import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { debuggers } from '../../src/dev/debugger/announcements.ts';
import { checkedName, nameFor, projectFiles } from '../../src/init/project-files.ts';
import { readTemplate, templateNames } from '../../src/init/templates.ts';
import { failure } from '../support/failure.ts';
import { projectRoot } from '../support/real-engine.ts';

interface LaunchConfiguration {
  readonly type: string;
  readonly request: string;
  readonly connect?: { readonly host: string; readonly port: number };
  readonly address?: string;
  readonly port?: number;
  readonly pathMappings?: readonly { readonly localRoot: string; readonly remoteRoot: string }[];
  readonly localRoot?: string;
  readonly remoteRoot?: string;
}

const everything = { name: 'rides', withTests: true, withVscode: true, withCi: true };

describe('the templates', () => {
  for (const name of templateNames) {
    describe(name, () => {
      it('have the name of the project where the placeholder was, and nothing else is filled in', async () => {
        const template = await readTemplate(name);
        const project = projectFiles(template, everything);
        assert.deepEqual(
          project.map(({ content }) => content),
          template.map(({ content }) => content.split('my-model').join('rides')),
        );
        const { serve } = parse(contentOf(project, 'sm-local.yaml')) as { serve: { name: string } };
        assert.equal(serve.name, 'rides');
        assert.equal((JSON.parse(contentOf(project, 'test/package.json')) as { name: string }).name, 'rides-test');
      });

      it('have programs that can be executed, and files that git and the engine should leave alone', async () => {
        const template = await readTemplate(name);
        const programs = template.filter(({ isExecutable }) => isExecutable).map(({ path }) => path);
        assert.ok(programs.includes('train') && programs.includes('serve'), `${programs}`);
        const paths = template.map(({ path }) => path);
        for (const path of ['.dockerignore', '.gitignore', 'Dockerfile', 'README.md', 'payload.csv', 'sm-local.yaml']) {
          assert.ok(paths.includes(path), path);
        }
        assert.deepEqual(
          paths.filter((path) => /node_modules|sm-local-output|__pycache__|^gitignore$/.test(path)),
          [],
        );
      });

      it('have a README that names every file which stands at the top', async () => {
        const template = await readTemplate(name);
        const readme = contentOf(template, 'README.md');
        const unsaid = ['.', 'README.md', 'package.json', 'requirements.txt', 'gunicorn.conf.py'];
        const files = template
          .map(({ path }) => path)
          .filter((path) => !path.includes('/') && !unsaid.some((each) => path.startsWith(each)));
        for (const file of files) assert.ok(readme.includes(`\`${file}\``), file);
      });
    });
  }

  for (const [name, kind] of [
    ['python', 'debugpy'],
    ['scikit-learn', 'debugpy'],
    ['node', 'node'],
  ] as const) {
    it(`have Visual Studio Code attach to the programs of ${name}, where the Dockerfile puts them`, async () => {
      const template = await readTemplate(name);
      const { configurations } = JSON.parse(contentOf(template, '.vscode/launch.json')) as {
        configurations: readonly LaunchConfiguration[];
      };
      const [{ type, request, connect, address, port, pathMappings, localRoot, remoteRoot } = {} as LaunchConfiguration] = configurations;
      assert.deepEqual([configurations.length, type, request], [1, kind, 'attach']);
      assert.deepEqual(connect ?? { host: address, port }, { host: '127.0.0.1', port: debuggers[kind].port });
      const [mapping = { localRoot, remoteRoot }] = pathMappings ?? [];
      const [, workingDirectory] = /^WORKDIR (.*)$/m.exec(contentOf(template, 'Dockerfile')) ?? [];
      assert.deepEqual(mapping, { localRoot: ['$', '{workspaceFolder}'].join(''), remoteRoot: workingDirectory });
      assert.match(contentOf(template, 'Dockerfile'), /^COPY .* train serve \.\/$/m);
    });
  }

  it('are alike in their data, their sample, their tests and their workflow', async () => {
    const [first, ...others] = await Promise.all(templateNames.map(readTemplate));
    for (const path of ['data/train/rides.csv', 'payload.csv', 'test/image.test.js', 'test/package.json', '.github/workflows/test.yml']) {
      for (const other of others) assert.equal(contentOf(other, path), contentOf(first ?? [], path), path);
    }
  });

  it('ask for this version of the package', async () => {
    const { version } = JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8')) as { version: string };
    const template = await readTemplate('python');
    const { devDependencies } = JSON.parse(contentOf(template, 'test/package.json')) as { devDependencies: Record<string, string> };
    assert.equal(devDependencies['sm-local'], `^${version}`);
    assert.ok(contentOf(template, '.github/workflows/test.yml').includes(`sm-local@^${version} `));
  });

  it('leave out the tests, also in the README, the workflow, and what is for Visual Studio Code', async () => {
    const bare = projectFiles(await readTemplate('node'), { name: 'rides', withTests: false, withVscode: false, withCi: false });
    assert.deepEqual(
      bare.map(({ path }) => path).filter((path) => /^(test|\.github|\.vscode)/.test(path)),
      [],
    );
    assert.doesNotMatch(contentOf(bare, 'README.md'), /test\//);
  });
});

describe('the name of a project', () => {
  it('is made of its directory', () => {
    const names = ['/x/My Model_2', '/x/ümlaut', '/', `/x/${'long-'.repeat(20)}`, '/x/学習'].map(nameFor);
    assert.deepEqual(names, ['my-model-2', 'umlaut', 'my-model', 'long-'.repeat(11).slice(0, -1), 'my-model']);
    for (const name of names) assert.equal(checkedName(name), name);
  });

  it('is refused where endpoints or packages cannot have it', () => {
    for (const name of ['My', 'a_b', '-a', 'a-', '', 'a'.repeat(56)]) {
      assert.throws(() => checkedName(name), failure('WrongUsage', /--name/));
    }
  });
});

function contentOf(files: readonly { readonly path: string; readonly content: string }[], path: string): string {
  const file = files.find((each) => each.path === path);
  assert.ok(file, `there is no ${path}`);
  return file.content;
}
