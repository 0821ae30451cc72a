import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { parseDocument } from 'yaml';
import { quickParse } from '../../src/cli/quick-parse.ts';
import { parseDockerfile } from '../../src/engine/dockerfile.ts';
import { valuesOf } from '../../src/options/values.ts';
import { commandLines } from '../support/command-lines.ts';
import { sayNotRun } from '../support/private-engine.ts';
import { pythonWith } from '../support/programs.ts';
import { projectRoot } from '../support/real-engine.ts';
import { pages, type Snippet, snippetsOf } from '../support/snippets.ts';
import { runBy } from './run-by.ts';

const snippets = pages.flatMap(snippetsOf);
const place = ({ page, line }: Snippet): string => `${page}:${line}`;

describe('the blocks of the pages', () => {
  it('are found', () => {
    assert.ok(snippets.length > 150, String(snippets.length));
  });

  it('name their language', () => {
    assert.deepEqual(snippets.filter(({ language }) => language === '').map(place), []);
  });

  it('are run by a test, or say why they cannot be', () => {
    const programs = snippets.filter(
      ({ page, language }) => !['text', 'mermaid'].includes(language) && !/^docs\/(checks|decisions)\//.test(page),
    );
    const neither = programs.filter((snippet) => snippet.marks['not run'] === undefined && !isRun(snippet));
    assert.deepEqual(neither.map(place), []);
    assert.deepEqual(programs.filter(({ marks }) => marks['not run'] === '').map(place), [], 'a reason is a reason');
  });

  it('are programs where they say what to type', () => {
    const typed = snippets.filter(
      ({ language, text }) => language === 'text' && /^(?:\$ |npx |npm |sm-local |docker |export )/m.test(text),
    );
    assert.deepEqual(typed.map(place), []);
  });

  it('are run by tests that are there and name the page', () => {
    for (const [page, tests] of Object.entries(runBy)) {
      assert.ok(existsSync(join(projectRoot, page)), page);
      for (const test of Object.values(tests)) {
        const text = readFileSync(join(projectRoot, 'test', `${test}.ts`), 'utf8');
        assert.ok(text.includes(page.replace(/^docs\//, '')) || text.includes("from '../support/snippets.ts'"), `${test}: ${page}`);
      }
    }
  });

  it('give reasons that hold: a test that one names is there', () => {
    const named = snippets.flatMap(({ marks }) => [...(marks['not run'] ?? '').matchAll(/test\/[\w./-]+\.ts/g)].map(([file]) => file));
    assert.deepEqual(
      named.filter((file) => !existsSync(join(projectRoot, file))),
      [],
    );
    assert.ok(named.length > 5);
  });

  for (const { page, line, text } of snippets.filter(({ language }) => language === 'sh')) {
    for (const words of commandLines(text)) {
      it(`have command lines that are correct: ${page}:${line}: sm-local ${words.join(' ')}`, () => assertCorrect(words));
    }
  }

  it('are right as far as reading tells, also those that nobody runs', () => {
    const shells = snippets.filter(({ language }) => language === 'sh');
    // Functions, so that none of them ends the others.
    const all = shells.map(({ text }, index) => `block${index}() {\n${text.replaceAll(/<([\w -]+)>/g, '$1')}\n}`).join('\n');
    execFileSync('bash', ['-n'], { input: all, stdio: ['pipe', 'ignore', 'pipe'] });
    for (const snippet of snippets.filter(({ language }) => language === 'dockerfile')) {
      const names = parseDockerfile(snippet.text).instructions.map(({ name }) => name);
      assert.ok(names.length > 0 && names.every((name) => dockerfileWords.includes(name)), `${place(snippet)}: ${names}`);
    }
  });

  const python = pythonWith('json');
  if (python === undefined) sayNotRun('Python of the pages that nobody runs', 'there is no python3');
  else
    it('are right as far as Python tells, those that nobody runs', () => {
      const pythons = snippets.filter(({ page, language }) => language === 'python' && runBy[page]?.python === undefined);
      const compile = 'import json, sys\nfor name, text in json.load(sys.stdin): compile(text, name, "exec")';
      const input = JSON.stringify(pythons.map((snippet) => [place(snippet), snippet.text]));
      execFileSync(python, ['-c', compile], { input, stdio: ['pipe', 'ignore', 'pipe'] });
    });

  it('have Visual Studio Code attach as init has it: docs/debug.md', () => {
    const shown = snippets.filter(({ page, language }) => page === 'docs/debug.md' && language === 'json').map(({ text }) => text);
    const written = ['python', 'node'].map((name) => readFileSync(join(projectRoot, 'templates', name, '.vscode/launch.json'), 'utf8'));
    assert.deepEqual(shown, written);
  });

  it('are YAML and JSON where they say so', () => {
    for (const snippet of snippets) {
      if (snippet.language === 'yaml') assert.deepEqual(parseDocument(snippet.text).errors, [], place(snippet));
      if (snippet.language === 'json' && !isPart(snippet)) assert.doesNotThrow(() => JSON.parse(snippet.text), place(snippet));
    }
  });

  it('are valid where they are project files', () => {
    const schema = JSON.parse(readFileSync(join(projectRoot, 'schema/sm-local.schema.json'), 'utf8')) as object;
    const isValid = new Ajv({ strict: false }).compile(schema);
    const files = snippets.filter(
      ({ language, text }) => language === 'yaml' && /^(?:# yaml-language-server.*\n)?(?:image|train|serve|invoke|check):/.test(text),
    );
    assert.ok(files.length > 1);
    for (const file of files) assert.ok(isValid(parseDocument(file.text).toJS()), `${place(file)}: ${JSON.stringify(isValid.errors)}`);
  });
});

const isRun = ({ page, language, marks }: Snippet): boolean =>
  runBy[page]?.[language] !== undefined || (marks.file !== undefined && page in runBy);

/** Pages about test runners show parts of a package.json. */
const isPart = ({ text }: Snippet): boolean => text.startsWith(' ');

const dockerfileWords = ['ARG', 'CMD', 'COPY', 'ENTRYPOINT', 'ENV', 'FROM', 'LABEL', 'RUN', 'USER', 'WORKDIR'];

function assertCorrect(words: readonly string[]): void {
  if (words.length === 0 || words.includes('--help') || words[0] === '--version') return;
  const parsed = quickParse(words.map((word) => (/^<.*>$/.test(word) ? 'x' : word)));
  assert.ok(parsed, words.join(' '));
  valuesOf(parsed.command.options, parsed.given, {});
}
