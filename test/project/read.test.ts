import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { isError } from '../../src/errors.ts';
import type { Project } from '../../src/project/project.ts';
import { parseProject, readProject } from '../../src/project/read.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

describe('a project file', () => {
  it('says what the command line would have given', () => {
    const { image, given } = project(`
image: registry/iris:1
region: eu-west-1
train:
  hp: {epochs: 1.0, flag: True, hex: 0x1F, big: 12345678901234567890, date: 2026-01-31, text: "null", "key with blanks": yes}
  input:
    train: s3://bucket/data
  instance-count: 2
  network-isolation: true
  cloud-modes: false
  interrupt-after: [30, 1m]
  hook: https://example.org/hook
  input-mode: Pipe
  content-type: {train: text/csv}
  env: [A=b=c, "EMPTY="]
  build-arg: [HTTP_PROXY, A=1]
  args: |-
    a,b
`).given('train');
    assert.equal(image, 'registry/iris:1');
    assert.deepEqual(given, {
      region: 'eu-west-1',
      hp: ['epochs=1.0', 'flag=True', 'hex=0x1F', 'big=12345678901234567890', 'date=2026-01-31', 'text=null', 'key with blanks=yes'],
      input: ['train=s3://bucket/data'],
      'instance-count': '2',
      'network-isolation': true,
      'cloud-modes': false,
      'interrupt-after': ['30', '1m'],
      hook: ['https://example.org/hook'],
      'input-mode': ['Pipe'],
      'content-type': ['train=text/csv'],
      env: ['A=b=c', 'EMPTY='],
      'build-arg': ['HTTP_PROXY', 'A=1'],
      args: 'a,b',
    });
  });

  it('gives each command what stands at the top, and its own over that, by name in maps', () => {
    const file = project(`
image: both
region: eu-west-1
env: {A: 1, B: 1}
instance-limits: true
serve:
  image: serving
  region: eu-central-1
  env: {B: 2, C: 2}
  instance-limits: false
`);
    const serve = file.given('serve');
    assert.equal(serve.image, 'serving');
    assert.deepEqual(serve.given, { region: 'eu-central-1', env: ['A=1', 'B=2', 'C=2'], 'instance-limits': false });
    assert.equal(file.given('train').image, 'both');
    assert.deepEqual(file.given('up').given, { region: 'eu-west-1', 'instance-limits': true });
    assert.deepEqual(file.given('invoke').given, { region: 'eu-west-1' });
    assert.deepEqual(file.given('ls', ['home', 'region', 'json']).given, { region: 'eu-west-1' });
  });

  it('gives check the inputs of train, the model of serve and the body of invoke, under what it says for itself', () => {
    const text = [
      'train: {image: ./app, input: {train: data}, hp: {epochs: 3, rate: 1}, max-run: 1h}',
      'serve: {model: ./model, port: 9000}',
      "invoke: {body: '[1]', content-type: application/json}",
      'check: {hp: {epochs: 1}, skip: [user]}',
      'env: {A: 1}',
    ];
    const { given, image, places } = project(text.join('\n')).given('check');
    assert.deepEqual(given, {
      ...{ input: ['train=/project/data'], hp: ['rate=1', 'epochs=1'], model: '/project/model', skip: ['user'], env: ['A=1'] },
      ...{ body: '[1]', 'content-type': ['application/json'] },
    });
    assert.equal(image, '/project/app');
    assert.equal(places.model, 'sm-local.yaml:2:9');
  });

  it('leaves the image at the top out where a command has a request, which names its own', () => {
    const file = project('image: trained\nserve: {request: endpoints.yaml}\ntrain: {request: r.json, image: other}\n');
    assert.equal(file.given('serve').image, undefined);
    assert.equal(file.given('train').image, 'other');
  });

  it('has its paths start at its own directory', async () => {
    await using directory = await temporaryDirectory();
    mkdirSync(join(directory.path, 'image'));
    writeFileSync(join(directory.path, 'image/Dockerfile'), '');
    mkdirSync(join(directory.path, 'weights'));
    const at = (path: string): string => join(directory.path, path);
    const file = (text: string): Project => parseProject(text, at('sm-local.yaml'), '/');
    const one = file(
      `
image: image
home: ~/state
train:
  request: ./request.json
  input: {train: data/, other: s3://b/p, 'file': 'file:///x', up: ../up}
  file-system: {fs-1/fast: efs}
  hyperparameters: hp.json
  entry-point: train.py
  checkpoints: s3://b/c
  output: out
serve:
  image: .
  model: weights
  access-log: '-'
  source-dir: code
  entry-point: inference.py
  capture: ~
`.replace('  capture: ~\n', '  capture: captured\n'),
    );
    const train = one.given('train');
    assert.equal(train.image, undefined);
    assert.deepEqual(train.given, {
      home: join(homedir(), 'state'),
      request: at('request.json'),
      input: [`train=${at('data')}/`, 'other=s3://b/p', 'file=file:///x', `up=${join(directory.path, '../up')}`],
      'file-system': [`fs-1/fast=${at('efs')}`],
      hyperparameters: at('hp.json'),
      'entry-point': at('train.py'),
      checkpoints: 's3://b/c',
      output: at('out'),
    });
    const serve = one.given('serve');
    assert.equal(serve.image, directory.path);
    assert.deepEqual(serve.given, {
      home: join(homedir(), 'state'),
      model: at('weights'),
      'access-log': '-',
      'source-dir': at('code'),
      'entry-point': 'inference.py',
      capture: at('captured'),
    });
    assert.equal(file('image: image').given('train').image, at('image'));
    assert.equal(file('image: iris:1').given('train').image, 'iris:1');
    assert.equal(file('serve: {model: iris-2026}').given('serve').given.model, 'iris-2026');
    assert.equal(file('invoke: {body: "@body.json"}').given('invoke').given.body, `@${at('body.json')}`);
    assert.equal(file('invoke: {body: "1,2"}').given('invoke').given.body, '1,2');
  });

  it('may have anchors, Windows line ends and a byte order mark, and may be empty', () => {
    const file = project('\uFEFFtrain: &all\r\n  env: &env {A: &a 1}\r\nserve:\r\n  env: *env\r\n  instance-type: *a\r\nup:\r\n');
    assert.deepEqual(file.given('serve').given, { env: ['A=1'], 'instance-type': '1' });
    for (const text of ['', '# nothing\n', '{}', 'train:\n']) assert.deepEqual(project(text).given('train').given, {}, text);
  });

  it('may be JSON', () => {
    assert.deepEqual(project('{"train": {"hp": {"epochs": 5}}}').given('train').given, { hp: ['epochs=5'] });
  });

  it('is told with all its mistakes at once, each with its place', () => {
    const text = [
      'image: [a]',
      'hp: {a: 1}',
      'train:',
      '  instnce-type: x',
      '  json: true',
      '  network-isolation: yes',
      '  hp: {layers: [1, 2], none: , "a=b": 1}',
      '  env: {A: 1, A: 2}',
      '  max-run: soon',
      '  limit: {runs: 1h}',
      '  name: ~',
      'serve: 5',
      'workspace: bound',
    ];
    assert.deepEqual(mistakesOf(text.join('\n')), [
      'sm-local.yaml:1:8: image: a list cannot stand here: [a]. Write an image, or a directory with a Dockerfile.',
      'sm-local.yaml:2:1: hp: there is no such key. It belongs under train:',
      'sm-local.yaml:4:3: train.instnce-type: there is no such key under train. Did you mean instance-type?',
      'sm-local.yaml:5:3: train.json: there is no such key under train. That is for the command line alone.',
      'sm-local.yaml:6:22: train.network-isolation: yes is neither true nor false. Write true or false.',
      "sm-local.yaml:7:16: train.hp.layers: a list cannot stand here: [1, 2]. Hyperparameters are texts: put JSON in quotes, layers: '[1, 2]'.",
      `sm-local.yaml:7:30: train.hp.none: there is no value. Write one, or remove the key; "" is an empty text.`,
      'sm-local.yaml:7:32: train.hp: "a=b" cannot be a name. Names are texts, not empty, and have no "=".',
      'sm-local.yaml:8:15: Map keys must be unique.',
      'sm-local.yaml:9:12: train.max-run: soon is not a time. Write it like 90s.',
      'sm-local.yaml:10:11: train.limit: There is no limit "runs". Did you mean run? There are: ping, ping-interval, startup, download, accept, invocation, stream, stop-grace, run, payload, payload-warn.',
      'sm-local.yaml:11:9: train.name: null is no value. Write one, or remove the key; "" is an empty text.',
      'sm-local.yaml:12:8: serve is no map: 5. Write options in it, key: value each.',
      'sm-local.yaml:13:12: workspace: bound is none of bind, archive. Write bind or archive.',
    ]);
  });

  for (const [text, expected] of [
    ['train:\n\thp: 1\n', /^sm-local\.yaml:2:1: Tabs are not allowed as indentation\.$/m],
    ['a: [1\nb: 2', /^sm-local\.yaml:\d+:\d+: /],
    ['- train', /^sm-local\.yaml:1:1: The file is no map: - train\. /],
    ['train: *nowhere', /^sm-local\.yaml:1:8: /],
    ['train: {hp: !secret {a: 1}}', /^sm-local\.yaml:1:13: Unresolved tag: !secret\.$/m],
    ['? [a]\n: b', /^sm-local\.yaml:1:3: \[a\]: there is no such key\. /],
    ['--- \na: 1\n---\nb: 2', /^sm-local\.yaml:3:1: /],
    ['serve: {fault: {error: lots}}', /^sm-local\.yaml:1:17: serve\.fault: .*lots/],
    ['trains: {}', /Did you mean train\?$/],
    ['train: {inputMode: Pipe}', /Did you mean input-mode\?$/],
    ['serve: {port: 99999}', /^sm-local\.yaml:1:15: serve\.port: 99999 is not a port\. Write it like 8080\.$/],
    ['train: {input: 5}', /train\.input: 5 is no map\. Write a map, input: \{ name: value \}, or a list of texts, name=value each\.$/],
    ['train: {hook: {a: b}}', /train\.hook: a map cannot stand here: \{a: b\}\. Write a list of texts\.$/],
  ] as const) {
    it(`cannot say ${JSON.stringify(text)}`, () => {
      assert.match(mistakesOf(text).join('\n'), expected);
    });
  }

  it('is found by its path or its directory, and told where it is missing', async () => {
    await using directory = await temporaryDirectory();
    await assert.rejects(readProject(directory.path), {
      code: 'InputNotFound',
      message: `project: there is no file or directory ${directory.path}/sm-local.yaml.`,
    });
    writeFileSync(join(directory.path, 'sm-local.yml'), 'region: eu-west-1');
    assert.equal((await readProject(directory.path)).path, join(directory.path, 'sm-local.yml'));
    assert.deepEqual((await readProject('sm-local.yml', { cwd: directory.path })).given('up').given, { region: 'eu-west-1' });
    writeFileSync(join(directory.path, 'sm-local.yaml'), '');
    await assert.rejects(readProject(directory.path), { code: 'WrongUsage', message: /two project files/ });
  });
});

const project = (text: string): Project => parseProject(text, '/project/sm-local.yaml', '/project');

function mistakesOf(text: string): readonly string[] {
  try {
    project(text);
  } catch (error) {
    assert.ok(isError(error, 'ProjectInvalid'), String(error));
    return error.detail.mistakes;
  }
  return assert.fail('It was taken.');
}
