import assert from 'node:assert/strict';
import { merged } from '../../src/project/merge.ts';

describe('what is given, on top of a project file', () => {
  const over = (given: object, file: object, env: Record<string, string> = {}): unknown =>
    merged({ given: given as Record<string, unknown> }, { given: file as Record<string, unknown> }, env).given;

  it('wins option by option', () => {
    assert.deepEqual(over({ name: 'a', raw: true }, { name: 'b', output: '/out', raw: false }), { name: 'a', raw: true, output: '/out' });
    assert.deepEqual(over({ raw: false }, { raw: true }), { raw: false });
  });

  it('leaves what the parser found nothing for to the file', () => {
    assert.deepEqual(over({ name: undefined, $0: 'sm-local' }, { name: 'b' }), { name: 'b', $0: 'sm-local' });
  });

  it('is put together with it by name in lists of K=V', () => {
    assert.deepEqual(over({ hp: ['epochs=5', 'new=1'] }, { hp: ['epochs=100', 'penalty=a=b'] }), {
      hp: ['penalty=a=b', 'epochs=5', 'new=1'],
    });
    assert.deepEqual(over({ 'build-arg': ['A'] }, { 'build-arg': ['A=1', 'B'] }), { 'build-arg': ['B', 'A'] });
  });

  it('replaces lists without names, and modes of channels by a mode for all', () => {
    assert.deepEqual(over({ hook: ['a'] }, { hook: ['b'] }), { hook: ['a'] });
    assert.deepEqual(over({ 'input-mode': ['Pipe'] }, { 'input-mode': ['File', 'train=FastFile'] }), { 'input-mode': ['Pipe'] });
    assert.deepEqual(over({ 'input-mode': ['train=Pipe'] }, { 'input-mode': ['File', 'train=FastFile'] }), {
      'input-mode': ['File', 'train=Pipe'],
    });
  });

  it('knows that max-run and the limit run are the same', () => {
    assert.deepEqual(over({ 'max-run': '1h' }, { limit: ['run=2h', 'ping=1s'] }), { 'max-run': '1h', limit: ['ping=1s'] });
    assert.deepEqual(over({ limit: ['run=1h'] }, { 'max-run': '2h' }), { limit: ['run=1h'] });
  });

  it('has the environment variables of options between', () => {
    const env = { AWS_REGION: 'eu-west-1', SM_LOCAL_HOME: '' };
    assert.deepEqual(over({}, { region: 'us-west-2', home: '/h' }, env), { home: '/h' });
    assert.deepEqual(over({ region: 'a-b' }, { region: 'us-west-2' }, env), { region: 'a-b' });
  });

  it('takes the image of the file where there is none, and no request', () => {
    const image = (own: object): unknown => merged({ given: {}, ...own }, { image: '/file', given: {} }, {}).image;
    assert.equal(image({}), '/file');
    assert.equal(image({ image: 'own' }), 'own');
    assert.equal(image({ given: { request: 'r.json' } }), undefined);
  });
});
