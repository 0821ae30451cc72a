import assert from 'node:assert/strict';
import { ecrRegion, loginCommand, parseReference, withoutEcr } from '../../src/engine/reference.ts';

describe('the name of an image', () => {
  const digest = `sha256:${'0123456789abcdef'.repeat(4)}`;

  for (const [text, expected] of [
    ['python', { registry: 'docker.io', path: 'library/python' }],
    ['python:3.11-slim', { registry: 'docker.io', path: 'library/python', tag: '3.11-slim' }],
    ['team/iris', { registry: 'docker.io', path: 'team/iris' }],
    ['docker.io/python', { registry: 'docker.io', path: 'library/python' }],
    ['index.docker.io/team/iris:1', { registry: 'docker.io', path: 'team/iris', tag: '1' }],
    ['localhost/iris', { registry: 'localhost', path: 'iris' }],
    ['ghcr.io/team/iris:1', { registry: 'ghcr.io', path: 'team/iris', tag: '1' }],
    ['registry:5000/iris', { registry: 'registry:5000', path: 'iris' }],
    ['127.0.0.1:5000/a/b/c:1', { registry: '127.0.0.1:5000', path: 'a/b/c', tag: '1' }],
    [`registry:5000/iris@${digest}`, { registry: 'registry:5000', path: 'iris', digest }],
    [`iris:1@${digest}`, { registry: 'docker.io', path: 'library/iris', tag: '1', digest }],
    ['UPPER/iris', { registry: 'UPPER', path: 'iris' }],
    ['a.b/c__d/e--f.g:T_1', { registry: 'a.b', path: 'c__d/e--f.g', tag: 'T_1' }],
  ] as const) {
    it(`${text} has a registry, a path, and what else it says`, () => assert.deepEqual(parseReference(text), expected));
  }

  for (const text of [
    '',
    'two words',
    'a//b',
    '/a',
    'a/',
    'a:',
    'a@sha256:1',
    '-a',
    'a_-b',
    'a:b:c',
    'registry:port/a',
    '-x.y/a',
    `a@${digest}0:`,
  ]) {
    it(`cannot be "${text}"`, () => assert.deepEqual(parseReference(text), { invalid: 'invalid reference format' }));
  }

  it('has no capitals but in registry and tag', () => {
    for (const text of ['UPPER', 'team/Iris', 'ghcr.io/Team/iris:1']) {
      assert.deepEqual(parseReference(text), { invalid: 'the name of a repository must be lowercase' });
    }
  });
});

describe('an address in ECR', () => {
  const china = '000000000000.dkr.ecr.cn-north-1.amazonaws.com.cn';

  it('is that of an account and a region', () => {
    assert.equal(ecrRegion('000000000000.dkr.ecr.us-east-1.amazonaws.com'), 'us-east-1');
    assert.equal(ecrRegion(china), 'cn-north-1');
    for (const other of ['docker.io', 'dkr.ecr.us-east-1.amazonaws.com', '1.dkr.ecr.us-east-1.amazonaws.com', `${china}.evil.example`]) {
      assert.equal(ecrRegion(other), undefined, other);
    }
  });

  it('holds the name that the image was built with', () => {
    assert.equal(withoutEcr(`${china}/iris`), 'iris');
    assert.equal(withoutEcr(`${china}/team/iris:1`), 'team/iris:1');
    assert.equal(withoutEcr('ghcr.io/team/iris:1'), undefined);
    assert.equal(withoutEcr('iris:1'), undefined);
  });

  it('is logged in to with a password that AWS hands out, other registries with a password of their own', () => {
    assert.equal(
      loginCommand(china),
      `aws ecr get-login-password --region cn-north-1 | docker login --username AWS --password-stdin ${china}`,
    );
    assert.equal(loginCommand('ghcr.io'), 'docker login ghcr.io');
    assert.equal(loginCommand('docker.io'), 'docker login');
  });
});
