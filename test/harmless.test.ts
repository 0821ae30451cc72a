import assert from 'node:assert/strict';
import { shortLine } from '../src/harmless.ts';

describe('a line that is shown', () => {
  it('is whole as long as people read it', () => {
    assert.equal(shortLine('x'.repeat(600)), 'x'.repeat(600));
  });

  it('is its beginning and its end when it quotes a whole request', () => {
    const line = `ValueError: could not convert string to float: '${'0.5,'.repeat(30_000)}' at line 3`;
    const shown = shortLine(line);
    assert.ok(shown.length < 700);
    assert.match(shown, /^ValueError: could not convert .* … \(\d+ characters\) … .* at line 3$/);
  });
});
