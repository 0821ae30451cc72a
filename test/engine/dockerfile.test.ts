import assert from 'node:assert/strict';
import { imagesIn } from '../../src/engine/docker/base-images.ts';
import { parseDockerfile } from '../../src/engine/dockerfile.ts';

describe('the images that a Dockerfile needs', () => {
  for (const [title, lines, expected, given] of [
    [
      'are those of its FROM lines, each once',
      ['FROM python:3.11', 'from python:3.11 as second', 'RUN x', 'FROM iris'],
      ['python:3.11', 'iris'],
    ],
    [
      'are not the nameless one and its own stages',
      ['FROM base AS Build', 'FROM scratch', 'FROM build', 'COPY --from=BUILD /a /b'],
      ['base'],
    ],
    [
      'are named by arguments before the first FROM',
      ['ARG BASE=python:3.11', 'FROM $BASE', `FROM \${BASE}-slim`],
      ['python:3.11', 'python:3.11-slim'],
    ],
    [
      'are named by what is given rather than by defaults',
      ['ARG BASE=python', 'ARG TAG', `FROM $BASE:\${TAG:-1}`],
      ['iris:2'],
      { BASE: 'iris', TAG: '2' },
    ],
    ['are named by defaults where nothing is given', ['ARG TAG', `FROM "iris:\${TAG:-1}"`], ['iris:1']],
    ['may have arguments in arguments', ['ARG HOST=ghcr.io', `ARG BASE=\${HOST}/iris`, 'FROM $BASE'], ['ghcr.io/iris']],
    [
      'are not named by arguments of a stage, nor by what is not declared',
      ['FROM $LATER', 'ARG LATER=x', 'FROM $OTHER'],
      [],
      { OTHER: 'x' },
    ],
    [
      'are also those that are only copied out of',
      ['FROM a', 'COPY --chown=1 --from=ghcr.io/team/tool:1 /x /x', 'COPY --from=0 /y /y'],
      ['a', 'ghcr.io/team/tool:1'],
    ],
    ['are also those that are mounted', ['FROM a', 'RUN --mount=type=bind,from=b,target=/b true'], ['a', 'b']],
    [
      'are found behind flags, comments and continued lines',
      ['# FROM no', 'FROM \\', '  # nor this', '--platform=linux/amd64 a \\', ' AS b'],
      ['a'],
    ],
    ['are found where lines are continued by another sign', ['# escape=`', 'FROM `', ' a'], ['a']],
    ['are none where there is no Dockerfile', [], []],
  ] as [string, string[], string[], Record<string, string>?][]) {
    it(title, () => assert.deepEqual(imagesIn(parseDockerfile(lines.join('\n')), given), expected));
  }
});
