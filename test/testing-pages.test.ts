import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

const root = fileURLToPath(new URL('.', import.meta.resolve('sm-local/package.json')));

/** The blocks of a page of `docs/`: language and text. */
const blocksOf = (page: string): readonly (readonly [language: string, text: string])[] =>
  [...readFileSync(join(root, 'docs', page), 'utf8').matchAll(/^```(\w+)\n(.*?)^```$/gms)].map(([, language = '', text = '']) => [
    language,
    text,
  ]);

describe('the pages about runners', () => {
  const examples = join(root, 'examples/testing');
  const files = readdirSync(examples, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !/node_modules|__pycache__/.test(entry.parentPath))
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'));

  for (const page of ['testing/README.md', 'testing/pytest.md']) {
    it(`show in docs/${page} what stands in the examples, which are run`, () => {
      const code = blocksOf(page).filter(([language]) => ['js', 'ts', 'json', 'python'].includes(language));
      assert.ok(code.length > 2);
      for (const [, text] of code)
        assert.ok(
          files.some((file) => file.includes(text)),
          text,
        );
    });
  }
});

describe('the pages about continuous integration', () => {
  it('have workflows of GitHub whose steps are runs or actions', () => {
    for (const [, text] of blocksOf('ci/github-actions.md')) {
      const workflow = parse(text) as {
        on: string[];
        jobs: Record<string, { 'runs-on': string; steps: { run?: string; uses?: string }[] }>;
      };
      assert.deepEqual(workflow.on, ['push', 'pull_request']);
      for (const job of Object.values(workflow.jobs)) {
        assert.equal(job['runs-on'], 'ubuntu-latest');
        for (const { run, uses } of job.steps) assert.ok((run === undefined) !== (uses === undefined));
      }
    }
  });

  it('have jobs of GitLab whose engine is the service, through TLS', () => {
    const [first] = blocksOf('ci/gitlab-ci.md');
    const { test } = parse(first?.[1] ?? '') as {
      test: { services: { alias: string }[]; variables: Record<string, string>; script: string[] };
    };
    assert.equal(new URL(test.variables.DOCKER_HOST ?? '').hostname, test.services[0]?.alias);
    assert.equal(test.variables.DOCKER_TLS_VERIFY, '1');
    assert.equal(test.variables.DOCKER_CERT_PATH, `${test.variables.DOCKER_TLS_CERTDIR}/client`);
    for (const [, text] of blocksOf('ci/gitlab-ci.md')) {
      assert.deepEqual((parse(text) as { test: { script: string[] } }).test.script, ['npm ci', 'npx sm-local doctor', 'npm test']);
    }
  });
});
