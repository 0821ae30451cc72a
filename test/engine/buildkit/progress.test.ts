import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { buildKitProgress } from '../../../src/engine/docker/buildkit/progress.ts';
import { bytesField } from '../../../src/engine/docker/buildkit/wire.ts';
import { parseDockerfile } from '../../../src/engine/dockerfile.ts';
import type { PullProgress } from '../../../src/engine/engine.ts';

const recorded = (name: string): readonly Record<string, unknown>[] =>
  readFileSync(fileURLToPath(import.meta.resolve(`#fixtures/buildkit/${name}.jsonl`)), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

const record = (...fields: readonly Buffer[]): Record<string, unknown> => ({
  id: 'moby.buildkit.trace',
  aux: Buffer.concat(fields).toString('base64'),
});
const time = (seconds: number): Buffer => Buffer.from([0x08, seconds]);
const vertex = (digest: string, name: string, ...more: readonly Buffer[]): Buffer =>
  bytesField(1, Buffer.concat([bytesField(1, digest), bytesField(3, name), ...more]));

function told(dockerfile: readonly string[], records: readonly Record<string, unknown>[]) {
  const lines: string[] = [];
  const pulls: PullProgress[] = [];
  const reader = buildKitProgress('Dockerfile', parseDockerfile(dockerfile.join('\n')), {
    onStep: ({ place, text, state, line, seconds }) =>
      lines.push(`${state} ${place} ${text} :${line}${seconds === undefined ? '' : ` ${seconds.toFixed(2)}`}`),
    onLine: (line, step) => lines.push(`${step} | ${line}`),
    onProgress: (progress) => pulls.push(progress),
    onWarning: (message) => lines.push(`warning ${message}`),
  });
  for (const each of records) reader.read(each);
  return { lines, pulls, reader };
}

describe('what BuildKit says of a build', () => {
  it('becomes steps with their lines and times, and what their commands print', () => {
    const dockerfile = [
      'FROM base AS first',
      'ARG WORD=x',
      'COPY . /srv/',
      'RUN --mount=type=secret,id=pip cat /run/secrets/pip | wc -c; echo hello $WORD',
      'FROM first AS second',
      'WORKDIR /x',
      'RUN echo no; sleep 0.3; echo more >&2',
    ];
    const { lines, reader } = told(dockerfile, recorded('two-stages'));
    reader.done();
    assert.deepEqual(
      lines.map((line) => line.replace(/sm-local-base:\S+/, 'base')),
      [
        'begun first 1/3 FROM docker.io/library/base :1',
        'done first 1/3 FROM docker.io/library/base :1 0.01',
        'begun first 2/3 COPY . /srv/ :3',
        'done first 2/3 COPY . /srv/ :3 0.03',
        'begun first 3/3 RUN --mount=type=secret,id=pip cat /run/secrets/pip | wc -c; echo hello x :4',
        'first 3/3 | 5',
        'first 3/3 | hello x',
        'done first 3/3 RUN --mount=type=secret,id=pip cat /run/secrets/pip | wc -c; echo hello x :4 0.36',
        'begun second 1/2 WORKDIR /x :6',
        'done second 1/2 WORKDIR /x :6 0.01',
        'begun second 2/2 RUN echo no; sleep 0.3; echo more >&2 :7',
        'second 2/2 | no',
        'second 2/2 | more',
        'done second 2/2 RUN echo no; sleep 0.3; echo more >&2 :7 0.59',
      ],
    );
  });

  it('names the step that failed and what it printed', () => {
    const { lines, reader } = told(
      ['FROM base', 'RUN --mount=type=cache,target=/c echo why it failed >&2; exit 3'],
      recorded('failing-step'),
    );
    assert.match(lines[1] ?? '', /^cached 1\/2 FROM/);
    assert.match(lines.at(-1) ?? '', /^failed 2\/2 RUN .* :2 0\.26$/);
    const failed = reader.failed();
    assert.deepEqual([failed?.step.place, failed?.step.line, failed?.lines], ['2/2', 2, ['why it failed']]);
  });

  it('adds up the layers of a base image that it pulls, until all of it is unpacked', () => {
    const { lines, pulls, reader } = told(['FROM base', 'COPY --chmod=644 Dockerfile /x'], recorded('pulled-base'));
    reader.done();
    assert.ok(pulls.every(({ image }) => /^127\.0\.0\.1:\d+\/team\/big:2$/.test(image)));
    assert.deepEqual(
      pulls.filter(({ stage }) => stage === 'download').map(({ done }) => done),
      [428, 607, 9_437_791, 23_555_227, 23_555_227],
    );
    assert.deepEqual([pulls.at(-1)?.stage, pulls.at(-1)?.done, pulls.at(-1)?.total], ['unpack', 23_555_227, 23_555_227]);
    const ends = lines.filter((line) => line.startsWith('done'));
    assert.match(ends[0] ?? '', /^done 1\/2 FROM 127\.0\.0\.1:\d+\/team\/big:2 :1 1\.45$/);
  });

  it('is cut into lines however it comes, and of a line that is written over the end stays', () => {
    const [begun, log] = [
      vertex('d', '[2/2] RUN x', bytesField(5, time(1))),
      (text: string) => bytesField(3, Buffer.concat([bytesField(1, 'd'), bytesField(4, text)])),
    ];
    const { lines, reader } = told(
      ['FROM a', 'RUN x'],
      [record(begun), record(log('one\ntw')), record(log('o\n10 %\r50 %\r100 %\n'), log('rest'))],
    );
    assert.deepEqual(lines.slice(1), ['2/2 | one', '2/2 | two', '2/2 | 100 %']);
    reader.read(record(vertex('d', '[2/2] RUN x', bytesField(5, time(1)), bytesField(6, time(2)), bytesField(7, 'exit code: 1'))));
    assert.deepEqual(reader.failed()?.lines, ['one', 'two', '100 %', 'rest']);
  });

  it('names the line of a base image that the registry does not have', () => {
    const { reader } = told(
      ['FROM a', 'FROM team/none:1'],
      [record(vertex('d', '[internal] load metadata for docker.io/team/none:1', bytesField(5, time(1)), bytesField(7, 'not found')))],
    );
    assert.deepEqual(reader.failed()?.step, { place: 'FROM', text: 'FROM docker.io/team/none:1', line: 2 });
  });

  it('has warnings with their line', () => {
    const range = bytesField(1, Buffer.from([0x08, 3]));
    const warning = bytesField(4, Buffer.concat([bytesField(3, 'Casing is mixed'), bytesField(5, 'https://docs'), bytesField(7, range)]));
    assert.deepEqual(told(['FROM a'], [record(warning)]).lines, ['warning Dockerfile:3: Casing is mixed (https://docs)']);
  });

  it('is read past fields of later engines', () => {
    const unknown = Buffer.concat([
      bytesField(99, 'x'),
      Buffer.from([0x98, 0x06, 0x01, 0x9d, 0x06, 0, 0, 0, 0, 0xa1, 0x06, 0, 0, 0, 0, 0, 0, 0, 0]),
    ]);
    assert.deepEqual(told(['FROM a', 'RUN x'], [record(unknown, vertex('d', '[2/2] RUN x', unknown, bytesField(5, time(1))))]).lines, [
      'begun 2/2 RUN x :2',
    ]);
  });
});
