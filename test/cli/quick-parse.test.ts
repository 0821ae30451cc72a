import assert from 'node:assert/strict';
import { commands } from '../../src/cli/command-table.ts';
import { quickParse } from '../../src/cli/quick-parse.ts';

describe('the quick parser', () => {
  it('reads options in all their forms', () => {
    const line = 'train image -i train=data --input=validation=x --hp a=b=c --json --name n --max-run 1h';
    const parsed = quickParse(line.split(' '));
    assert.equal(parsed?.command, commands.train);
    assert.deepEqual(parsed?.words, ['image']);
    assert.deepEqual(
      { ...parsed?.given },
      { input: ['train=data', 'validation=x'], hp: ['a=b=c'], json: true, name: 'n', 'max-run': '1h' },
    );
  });

  it('takes a command without a word where it may be left out', () => {
    assert.deepEqual(quickParse(['train', '-f', '-'])?.given, { request: '-' });
    assert.deepEqual(quickParse(['invoke', '--body', 'x'])?.words, []);
    assert.equal(quickParse(['clean'])?.command, commands.clean);
  });

  it('keeps an option that came too often as a list, which the command refuses', () => {
    assert.deepEqual(quickParse(['train', 'image', '--name', 'a', '--name', 'b'])?.given.name, ['a', 'b']);
  });

  for (const line of [
    '',
    '--help',
    'serve a b',
    'train --help',
    'train a b',
    'train image --foo',
    'train image --name',
    'trian image',
    'constructor',
    'train image --json=yes',
  ]) {
    it(`leaves "${line}" to the large parser`, () => {
      assert.equal(quickParse(line.split(' ')), undefined);
    });
  }
});
