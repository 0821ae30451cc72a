import assert from 'node:assert/strict';
import { unmatchedSecrets } from '../../src/engine/docker/secret-mounts.ts';
import { parseDockerfile } from '../../src/engine/dockerfile.ts';

describe('secrets of a build and the steps that ask for them', () => {
  const told = (run: string, ...given: readonly string[]): readonly string[] =>
    unmatchedSecrets(parseDockerfile(`FROM a\nRUN ${run}\n`), { secrets: new Map(given.map((id) => [id, { content: Buffer.from('x') }])) });

  for (const [run, given, expected] of [
    ['--mount=type=secret,id=token ./fetch', ['token'], []],
    ['--mount=type=secret,target=/run/secrets/token ./fetch', ['token'], []],
    ['--mount=type=cache,target=/c ./fetch', [], []],
    ['--mount=type=secret,id=token ./fetch', [], [/^The step in line 2 asks for the secret token, which is not given/]],
    ['./fetch', ['other'], [/^No step asks for the secret other/]],
    ['--mount=type=secret,id=token ./fetch', ['tok'], [/secret token, which is not given/, /No step asks for the secret tok,/]],
  ] as const) {
    it(`${run} with ${given.join() || 'none'}`, () => {
      const texts = told(run, ...given);
      assert.equal(texts.length, expected.length, texts.join());
      for (const [index, text] of expected.entries()) assert.match(texts[index] ?? '', text);
    });
  }
});
