import assert from 'node:assert/strict';
import { type BuilderOffer, chooseBuilder, syntaxNote } from '../../src/engine/docker/builder.ts';
import { needsOf } from '../../src/engine/docker/builder-needs.ts';
import { parseDockerfile } from '../../src/engine/dockerfile.ts';
import { isError } from '../../src/errors.ts';

const needs = (lines: readonly string[], asked = {}): readonly string[] =>
  needsOf(parseDockerfile(lines.join('\n')), asked).map(({ line, what }) => `${line ?? ''} ${what}`.trim());

describe('what of a Dockerfile needs BuildKit', () => {
  for (const [title, lines, expected, asked] of [
    [
      'is nothing of an ordinary one',
      ['FROM python:3.11', 'ARG V=1', 'COPY --chown=1:1 --from=0 . /x', 'RUN make --mount=x', 'ENV A=<<EOF'],
      [],
    ],
    [
      'are mounts, each by its kind and its line',
      [
        'FROM a',
        '# a comment',
        'RUN --mount=type=secret,id=pip \\',
        '    --mount=type=cache,target=/c \\',
        '    make',
        'RUN --mount=from=b,target=/b x',
      ],
      ['3 RUN --mount=type=secret', '3 RUN --mount=type=cache', '6 RUN --mount=type=bind'],
    ],
    [
      'are here-documents, whose text is no instruction',
      [
        'FROM a',
        'RUN <<EOF',
        'RUN --mount=type=cache x',
        'EOF',
        'COPY <<-"A" <<B /x/',
        '\ttext',
        '\tA',
        'more',
        'B',
        'RUN --network=none y',
      ],
      ['2 a here-document in RUN', '5 a here-document in COPY', '10 RUN --network'],
    ],
    [
      'are not shifts, here-strings, and what is quoted',
      [
        'FROM a',
        'RUN echo $((1 << 2)) $((1<<2))',
        'RUN cat <<< text',
        `RUN sh -c "cat <<EOF"`,
        'RUN ["sh", "-c", "cat <<EOF"]',
        'RUN x <<NEVER',
      ],
      [],
    ],
    [
      'are flags of COPY, ADD and RUN',
      [
        'FROM a',
        'COPY --link --chmod=755 a b',
        'ADD --checksum=sha256:1 http://x /y',
        'RUN --security=insecure x',
        'ONBUILD RUN --mount=type=tmpfs,target=/t x',
      ],
      ['2 COPY --link', '2 COPY --chmod', '3 ADD --checksum', '4 RUN --security', '5 RUN --mount=type=tmpfs'],
    ],
    [
      'are the arguments that it alone fills in, unless they are given or have a default',
      ['ARG TARGETOS=linux', `FROM --platform=$BUILDPLATFORM a`, 'ARG TARGETARCH', 'ARG BUILDOS'],
      ['2 FROM --platform=$BUILDPLATFORM', '3 ARG TARGETARCH'],
      { buildArguments: { BUILDOS: 'linux' } },
    ],
    ['is a frontend of somebody else', ['# syntax=team/frontend:1', 'FROM a'], ['1 # syntax=team/frontend:1']],
    ['is not a frontend that is built in', ['#syntax = docker/dockerfile:1.4', '', 'FROM a'], []],
    [
      'is a frontend of experiments',
      ['# escape=`', '# syntax=docker/dockerfile:1-labs', 'FROM a'],
      ['2 # syntax=docker/dockerfile:1-labs'],
    ],
    ['is no directive behind an instruction or a comment', ['# hello', '# syntax=team/frontend:1', 'FROM a'], []],
    ['is a secret that comes along', ['FROM a'], ['--secret'], { hasSecrets: true }],
    [
      'is found behind windows line ends and another escape sign',
      ['# escape=`\r', 'FROM a\r', 'RUN `\r', '  --mount=type=cache,target=c:\\x x\r'],
      ['3 RUN --mount=type=cache'],
    ],
  ] as [string, string[], string[], object?][]) {
    it(title, () => assert.deepEqual(needs(lines, asked), expected));
  }
});

describe('the builder of a Dockerfile', () => {
  const docker = (version: string, hasBuildKit = true): BuilderOffer => ({ kind: 'docker', version, hasBuildKit });
  const podman = (version: string): BuilderOffer => ({ kind: 'podman', version, hasBuildKit: false });
  const choose = (lines: readonly string[], offer: BuilderOffer | undefined, hasSecrets = false) =>
    chooseBuilder({ file: 'Dockerfile', dockerfile: parseDockerfile(lines.join('\n')), hasSecrets }, async () => {
      assert.ok(offer, 'nobody is asked');
      return offer;
    });
  const refusal = async (lines: readonly string[], offer: BuilderOffer, hasSecrets = false) =>
    choose(lines, offer, hasSecrets).then(
      (builder) => assert.fail(`${builder} was chosen`),
      (error: unknown) => {
        assert.ok(isError(error, 'BuilderLacks'), String(error));
        return error;
      },
    );

  it('is the legacy one where nothing needs another, and then the engine is not asked', async () => {
    assert.equal(await choose(['FROM a', 'RUN x'], undefined), 'legacy');
    assert.equal(await choose(['# syntax=docker/dockerfile:1', 'FROM a'], undefined), 'legacy');
  });

  it('is BuildKit where something needs it and the engine has it', async () => {
    assert.equal(await choose(['FROM a', 'RUN --mount=type=cache,target=/c x'], docker('20.10.24')), 'buildkit');
    assert.equal(await choose(['FROM a', 'RUN <<E', 'E', 'COPY --link a b'], docker('23.0.1')), 'buildkit');
    assert.equal(await choose(['# syntax=docker/dockerfile:1', 'FROM a', 'RUN <<E', 'E'], docker('20.10.24')), 'buildkit');
    assert.equal(await choose(['FROM a'], docker('20.10.24'), true), 'buildkit');
  });

  it('is refused with the lines, each of them, where the engine has no BuildKit', async () => {
    const { message, remedy } = await refusal(['FROM a', 'RUN --mount=type=secret,id=x y', 'COPY --chmod=1 a b'], docker('18.03.1', false));
    assert.deepEqual(message.split('\n'), [
      'Dockerfile:2: RUN --mount=type=secret needs BuildKit, which this engine does not offer.',
      'Dockerfile:3: COPY --chmod needs BuildKit, which this engine does not offer.',
    ]);
    assert.match(remedy, /Docker 18\.03\.1.*buildkit/);
  });

  it('is refused where the BuildKit of the engine is too old', async () => {
    const { message, remedy } = await refusal(['FROM a', 'RUN <<E', 'E'], docker('20.10.24'));
    assert.match(message, /^Dockerfile:2: a here-document in RUN needs a newer BuildKit than this engine's \(Docker 20\.10\.24;.* 23\)\.$/);
    assert.match(remedy, /# syntax=docker\/dockerfile:1/);
  });

  it('is refused for an SSH agent on every engine', async () => {
    for (const offer of [docker('28.0.0'), podman('5.0.0')]) {
      assert.match(
        (await refusal(['FROM a', 'RUN --mount=type=ssh x'], offer)).message,
        /^Dockerfile:2: RUN --mount=type=ssh is not supported/,
      );
    }
  });

  it('is refused for a mode that is not octal, which builders ignore', async () => {
    for (const mode of ['u+x', '999', 'a=r']) {
      assert.match(
        (await refusal(['FROM a', `COPY --chmod=${mode} f /f`], docker('28.0.0'))).message,
        /^Dockerfile:2: COPY --chmod=.* is not supported/,
      );
    }
    assert.equal(await choose(['FROM a', 'COPY --chmod=0755 f /f'], docker('28.0.0')), 'buildkit');
  });

  it("is podman's own, which mounts but takes no secrets and no frontends", async () => {
    assert.equal(await choose(['FROM a', 'RUN --mount=type=cache,target=/c x', 'ARG TARGETARCH'], podman('4.3.1')), 'podman');
    assert.match(
      (await refusal(['FROM a', 'RUN <<E', 'E'], podman('4.3.1'))).message,
      /^Dockerfile:2: .*podman 4\.8 \(this is podman 4\.3\.1\)/,
    );
    assert.match((await refusal(['FROM a'], podman('5.2.0'), true)).message, /^--secret needs BuildKit/);
    assert.match((await refusal(['# syntax=x/y', 'FROM a'], podman('5.2.0'))).message, /^Dockerfile:1: # syntax=x\/y needs BuildKit/);
  });

  it('is told together with what becomes of a frontend that the file names', () => {
    const plan = { file: 'Dockerfile', dockerfile: parseDockerfile('# syntax=docker/dockerfile:1\nFROM a') };
    assert.match(syntaxNote(plan, 'legacy') ?? '', /^Dockerfile:1: # syntax=docker\/dockerfile:1 is not used/);
    assert.match(syntaxNote(plan, 'buildkit') ?? '', /look this frontend up in its registry/);
    assert.equal(syntaxNote({ ...plan, dockerfile: parseDockerfile('FROM a') }, 'buildkit'), undefined);
  });
});
