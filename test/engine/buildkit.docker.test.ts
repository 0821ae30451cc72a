import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { connect } from '../../src/engine/docker/client.ts';
import { dockerEngine } from '../../src/engine/docker/engine.ts';
import type { BuildOptions, BuildSpec, Image } from '../../src/engine/engine.ts';
import { findEngine } from '../../src/engine/find.ts';
import { findOrBuildImage, type ImageEvent } from '../../src/image.ts';
import { eventually, rejectionOf, testContainers, uniqueName } from '../support/containers.ts';
import { baseImage } from '../support/real-engine.ts';
import { registryProgram, startRegistry, user } from '../support/registry.ts';

describe('a build with BuildKit', function () {
  this.timeout(60_000);
  const { engine, run, directory, defer } = testContainers();

  async function build(files: Readonly<Record<string, string>>, spec: Partial<BuildSpec> = {}, options: BuildOptions = {}): Promise<Image> {
    const tag = `sm-local-test/buildkit:${randomBytes(6).toString('hex')}`;
    defer(() => engine.images.remove(tag));
    return await engine.images.build({ directory: await directory(files), tag, ...spec }, options);
  }

  it('hands secrets to the steps that ask for them, and leaves them in no layer, no history and no context', async () => {
    const secret = randomBytes(12).toString('hex');
    const dockerfile = [
      `FROM ${baseImage()}`,
      'COPY . /srv/',
      'RUN --mount=type=secret,id=pip,required=true test "$(cat /run/secrets/pip)" = "$(cat /srv/twice | head -c 0)$(wc -c < /run/secrets/pip >/tmp/n; cat /run/secrets/pip)"',
      'RUN --mount=type=secret,id=other --mount=type=cache,target=/cache ls /run/secrets; cat /tmp/n',
    ];
    const context = await directory({ Dockerfile: `${dockerfile.join('\n')}\n`, twice: uniqueName(), 'pip.conf': secret }); // a secret is no part of the cache's key
    const lines: string[] = [];
    const secrets = new Map([['pip', { content: Buffer.from(secret), path: join(context, 'pip.conf') }]]);
    const image = await build({}, { directory: context, secrets, labels: { own: '1' } }, { onLine: (line) => lines.push(line) });
    assert.ok(lines.includes('24'), lines.join('\n'));
    assert.equal(image.labels.own, '1');
    assert.equal((await run('ls /srv', { image: image.id })).stdout, 'Dockerfile\ntwice\n');
    const client = connect(findEngine());
    const whole = await buffer((await client.getImage(image.id).get()) as unknown as NodeJS.ReadableStream);
    assert.ok(!whole.includes(secret), 'no layer holds it');
    assert.ok(!JSON.stringify(await client.getImage(image.id).history()).includes(secret), 'the history does not hold it');
  });

  it('that a required secret is missing for fails at the line', async () => {
    const dockerfile = `FROM ${baseImage()}\nRUN --mount=type=secret,id=${uniqueName()},required=true true\n`;
    const { message, remedy } = await rejectionOf('BuildFailed', build({ Dockerfile: dockerfile }));
    assert.match(message, /Dockerfile:2: RUN --mount=type=secret.* failed: .*not found/);
    assert.match(remedy, /^Hand it over: sm-local build .* --secret id=sm-local-test-\w+,src=FILE/);
  });

  it('is made where the Dockerfile needs it, with names, arguments and a stage, and told step by step', async () => {
    const dockerfile = [
      'ARG BASE',
      'FROM $BASE AS first',
      'ARG WORD TARGETARCH',
      'RUN echo "$WORD for $TARGETARCH"',
      'COPY --chmod=711 . /srv/',
      'FROM first',
      'RUN false',
    ];
    const other = `sm-local-test/other:${randomBytes(6).toString('hex')}`;
    defer(() => engine.images.remove(other));
    const told: string[] = [];
    const spec = {
      target: 'first',
      otherTags: [other],
      buildArguments: { BASE: baseImage(), WORD: uniqueName() },
      platform: 'linux/amd64',
    };
    const image = await build({ Dockerfile: dockerfile.join('\n'), 'data.txt': 'x', '.dockerignore': '.dockerignore\n' }, spec, {
      onStep: ({ place, state, line }) => told.push(`${state} ${place} :${line}`),
      onLine: (line, step) => told.push(`${step} | ${line}`),
    });
    assert.ok(image.tags.includes(other));
    assert.ok(told.includes(`first 2/3 | ${spec.buildArguments.WORD} for amd64`), told.join('\n'));
    assert.deepEqual(
      told.filter((line) => /^(done|begun)/.test(line) && !line.includes(' 1/')),
      ['begun first 2/3 :4', 'done first 2/3 :4', 'begun first 3/3 :5', 'done first 3/3 :5'],
    );
    assert.equal((await run('stat -c %a /srv/data.txt; ls /srv', { image: image.id })).stdout, '711\nDockerfile\ndata.txt\n');
  });

  it('that fails names the line, the exit code and the last lines of the step', async () => {
    const dockerfile = `FROM ${baseImage()}\n\nRUN --mount=type=tmpfs,target=/t \\\n  echo why it failed >&2; \\\n  exit 7\n`;
    const error = await rejectionOf('BuildFailed', build({ Dockerfile: dockerfile }));
    assert.match(error.message, /: Dockerfile:3: RUN --mount=type=tmpfs,target=\/t .* ended with exit code 7\n {2}why it failed$/);
    assert.deepEqual([(error.detail as { line?: number }).line, (error.detail as { exitCode?: number }).exitCode], [3, 7]);
  });

  it('takes a Dockerfile that lies elsewhere, as the legacy builder does', async () => {
    const elsewhere = await directory({
      legacy: `FROM ${baseImage()}\nCOPY . /srv/\n`,
      buildkit: `FROM ${baseImage()}\nCOPY --chmod=644 data.txt /srv/\n`,
    });
    for (const name of ['legacy', 'buildkit']) {
      const image = await build(
        { 'data.txt': name, 'other.txt': '', '.dockerignore': 'other.txt\n' },
        { dockerfile: join(elsewhere, name) },
      );
      assert.equal(
        (await run('cat /srv/data.txt; ls -A /srv | grep -c docker; true', { image: image.id })).stdout,
        `${name}${name === 'legacy' ? 1 : 0}\n`,
      );
    }
    await rejectionOf('InputUnreadable', build({}, { dockerfile: join(elsewhere, 'none') }));
  });

  it('stops when the signal aborts: nothing of the build goes on running', async () => {
    const marker = `1000.${Math.floor(Math.random() * 1e9)}`;
    const abort = new AbortController();
    const onLine = (line: string): void => {
      if (line === 'ready') abort.abort(new Error('enough'));
    };
    const dockerfile = `FROM ${baseImage()}\nRUN --mount=type=tmpfs,target=/t echo ready; sleep ${marker}\n`;
    const tag = uniqueName();
    await assert.rejects(build({ Dockerfile: dockerfile }, { tag }, { signal: abort.signal, onLine }), /enough/);
    const runs = (): boolean =>
      readdirSync('/proc').some((pid) => {
        try {
          return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, 'utf8') === `sleep\0${marker}\0`;
        } catch {
          return false; // it has ended meanwhile
        }
      });
    await eventually(async () => !runs(), 'the command of the step is gone');
    assert.equal(await engine.images.inspect(tag), undefined);
  });

  it('builds the directory that train, serve and check are given', async () => {
    const marker = uniqueName();
    const path = await directory({ Dockerfile: `FROM ${baseImage()}\nRUN --mount=type=cache,target=/c echo ${marker}\n` });
    const tag = uniqueName();
    defer(() => engine.images.remove(tag));
    const events: ImageEvent[] = [];
    const observer = { event: (event: ImageEvent) => void events.push(event) };
    const request = { image: { kind: 'directory', path, tag }, buildArguments: { API_TOKEN: 'Zk3x9QpL2vT8' } } as const;
    const image = await findOrBuildImage({ engine }, request, observer, new AbortController().signal);
    assert.deepEqual([image.tags, image.labels['sm-local.kind']], [[`${tag}:latest`], 'image']);
    assert.ok(events.some((event) => event.event === 'build' && event.message === marker && event.step === '2/2'));
    const [warning] = events.filter(({ event }) => event === 'warning');
    assert.match(
      warning && 'message' in warning ? warning.message : '',
      /API_TOKEN looks like a secret.*--secret id=api_token,env=API_TOKEN/,
    );
  });

  if (registryProgram()) {
    it('pulls a private base image with the credentials of the docker config, and says where to log in without', async () => {
      await using registry = await startRegistry({ isPrivate: true });
      const path = `team/${uniqueName()}`;
      await registry.push(path, '1', { bytes: 100_000 });
      const base = `${registry.host}/${path}:1`;
      const context = await directory({ Dockerfile: `FROM ${base}\nCOPY --chmod=644 Dockerfile /x\n` });
      const home = await directory({});
      const engineNow = () => dockerEngine(findEngine(), { env: { DOCKER_CONFIG: home }, home });
      const tag = uniqueName();
      defer(() => engine.images.remove(tag));
      const { message, remedy } = await rejectionOf('BuildFailed', engineNow().images.build({ directory: context, tag }));
      assert.match(message, /Dockerfile:1: FROM /);
      assert.match(remedy, new RegExp(`docker login ${registry.host}`));
      await mkdir(home, { recursive: true });
      await writeFile(join(home, 'config.json'), JSON.stringify({ auths: { [registry.host]: { ...user } } }));
      const stages: string[] = [];
      const image = await engineNow().images.build(
        { directory: context, tag },
        { onProgress: ({ image: name, stage }) => stages.push(`${stage} ${name}`) },
      );
      assert.equal(stages.at(-1), `unpack ${base}`);
      assert.deepEqual(image.tags, [`${tag}:latest`]);
    });
  }
});
