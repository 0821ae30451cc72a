import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Ajv } from 'ajv';
import { parse } from 'yaml';
import { isError } from '../../src/errors.ts';
import { parseProject } from '../../src/project/read.ts';

/** Files that say something. */
const good: readonly string[] = [
  '',
  '{}',
  'train:',
  'image: .',
  'image: 5',
  'home: ~/x',
  'region: eu-west-1',
  'account: 000000000000',
  "account: '000000000000'",
  'instance-limits: true',
  'gpus: all',
  'gpus: 1',
  "gpus: '2'",
  'workspace: bind',
  'credentials: none',
  "env: {A: 1, B: true, C: x, D: ''}",
  "env: [A=1, 'B=']",
  'env: {}',
  'env: []',
  'build-arg: {A: 1}',
  'build-arg: [A, B=1]',
  "train: {image: x, hp: {epochs: 1.0, a: '[1]'}}",
  'train: {hp: [a=1]}',
  'train: {input: {train: data}}',
  'train: {input-mode: Pipe}',
  'train: {input-mode: {a: Pipe}}',
  'train: {input-mode: [Pipe, a=File]}',
  'train: {hook: x}',
  'train: {hook: [x, y]}',
  'train: {interrupt-after: 30s}',
  'train: {interrupt-after: [30, 1m30s]}',
  'train: {max-run: 1h30m}',
  'train: {max-run: 3600}',
  'train: {max-run: 0.5h}',
  'train: {instance-count: 2}',
  'train: {shuffle-hosts: 7}',
  'train: {limit: {run: 1h}}',
  'train: {limit: [run=1h]}',
  "train: {metric: {loss: 'loss=([0-9.]+)'}}",
  'train: {compression: none}',
  'train: {manifest-names: relative}',
  'train: {network-isolation: false}',
  'serve: {port: 0}',
  'serve: {port: 65535}',
  "serve: {port: '8080'}",
  'serve: {model: 5}',
  'serve: {fault: {error: 5%}}',
  'serve: {raw: true, fast-fail: false}',
  'up: {port: 4570, callback: on, long-poll: 20s, ephemeral: true}',
  "invoke: {content-type: text/csv, stream: true, body: '@x'}",
];

/** Files with one mistake each. */
const bad: readonly string[] = [
  '5',
  '[]',
  'text',
  'image: ',
  'image: [a]',
  'image: {a: b}',
  'trian: {}',
  'hp: {a: 1}',
  'json: true',
  'project: none',
  'train: 5',
  'train: [image]',
  'train: {json: true}',
  'train: {dry-run: true}',
  'up: {detach: true}',
  'up: {image: x}',
  'invoke: {image: x}',
  'train: {port: 1}',
  'serve: {hp: {a: 1}}',
  'name: x',
  'region: null',
  'region: {a: b}',
  'region: [a]',
  'instance-limits: yes',
  'instance-limits: 1',
  "instance-limits: 'true'",
  'gpus: some',
  'gpus: 0',
  'gpus: -1',
  'gpus: 1.5',
  'gpus: true',
  'workspace: bound',
  'workspace: true',
  'credentials: null',
  'env: A=1',
  'env: 5',
  'env: [A]',
  "env: ['=1']",
  'env: [{A: 1}]',
  'env: {A: null}',
  'env: {A: [1]}',
  'env: {A: {B: 1}}',
  "env: {'': 1}",
  "env: {'A=B': 1}",
  'env: ',
  'build-arg: A',
  'build-arg: {A: null}',
  "build-arg: ['=1']",
  'train: {hp: {a: [1]}}',
  'train: {hp: {a: }}',
  'train: {input: train}',
  'train: {input-mode: }',
  "train: {input-mode: ['=Pipe']}",
  'train: {hook: {a: b}}',
  'train: {hook: [[a]]}',
  'train: {interrupt-after: soon}',
  'train: {interrupt-after: [1x]}',
  "train: {max-run: ''}",
  'train: {max-run: -1}',
  'train: {max-run: true}',
  'train: {max-run: 1m1h}',
  'train: {instance-count: many}',
  'train: {shuffle-hosts: 1.5}',
  'train: {limit: {runs: 1h}}',
  'train: {compression: zip}',
  "train: {network-isolation: 'no'}",
  'serve: {port: 65536}',
  'serve: {port: -1}',
  'serve: {port: 80.5}',
  'serve: {port: http}',
  'serve: {fault: {eror: 5%}}',
  'serve: {inputMode: x}',
  'up: {callback: true}',
  "up: {callback: 'yes'}",
  '<<: {region: x}',
];

describe('the schema of project files', () => {
  const validate = new Ajv({ strict: true, allowUnionTypes: true, allErrors: true }).compile(
    JSON.parse(readFileSync(fileURLToPath(import.meta.resolve('sm-local/schema.json')), 'utf8')) as object,
  );

  it('and the table of keys are what the table of options says', () => {
    const script = fileURLToPath(new URL('scripts/project-schema.mjs', import.meta.resolve('sm-local/package.json')));
    const { status, stderr } = spawnSync(process.execPath, [script, '--check'], { encoding: 'utf8' });
    assert.equal(status, 0, stderr);
  });

  for (const text of good) {
    it(`and the reader take ${JSON.stringify(text)}`, () => {
      assert.equal(validate(parse(text)), true, JSON.stringify(validate.errors));
      assert.equal(isTaken(text), true);
    });
  }

  for (const text of bad) {
    it(`and the reader refuse ${JSON.stringify(text)}`, () => {
      assert.equal(validate(parse(text)), false);
      assert.equal(isTaken(text), false);
    });
  }

  it('takes the example of the documentation and that of examples/iris', () => {
    const page = readFileSync(new URL(import.meta.resolve('#docs/project-file.md')), 'utf8');
    const examples = [...page.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, text = '']) => text);
    const iris = readFileSync(new URL('examples/iris/sm-local.yaml', import.meta.resolve('sm-local/package.json')), 'utf8');
    assert.ok(examples.length > 0);
    for (const text of [...examples, iris]) {
      assert.equal(validate(parse(text)), true, text);
      assert.equal(isTaken(text), true, text);
    }
  });
});

function isTaken(text: string): boolean {
  try {
    parseProject(text, '/project/sm-local.yaml', '/project');
    return true;
  } catch (error) {
    if (isError(error, 'ProjectInvalid')) return false;
    throw error;
  }
}
