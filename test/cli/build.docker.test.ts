import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { type Place, runCommand, startCommand } from '../support/command.ts';
import { eventually, uniqueName } from '../support/containers.ts';
import { isInstalled } from '../support/programs.ts';
import { baseImage, projectRoot, testEngine } from '../support/real-engine.ts';
import { registryProgram, startRegistry } from '../support/registry.ts';

describe('sm-local build', function () {
  this.timeout(60_000);
  let place: Place;
  let name: string;
  beforeEach(async () => {
    name = uniqueName();
    const cwd = await mkdtemp(join(tmpdir(), 'sm-local-cli-'));
    place = { cwd, home: join(cwd, 'home') };
    await mkdir(join(cwd, name));
  });
  afterEach(async () => {
    for (const tag of [`${name}:1`, `${name}:2`, `sm-local/${name}:latest`]) await testEngine().images.remove(tag);
    await rm(place.cwd, { recursive: true, force: true });
  });
  const dockerfile = (...lines: readonly string[]): Promise<void> =>
    writeFile(join(place.cwd, name, 'Dockerfile'), `${[`FROM ${baseImage()}`, ...lines].join('\n')}\n`);
  const events = (out: string): readonly Record<string, unknown>[] =>
    out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);

  it('prints the name and the id on stdout, and each step with what it prints on stderr', async () => {
    await dockerfile(`RUN echo ${name}`);
    const { code, out, err } = await runCommand(['build', name], place);
    assert.equal(code, 0, err);
    const [tag, id] = out.trim().split(' ');
    assert.equal(tag, `sm-local/${name}:latest`);
    const image = await testEngine().images.inspect(tag);
    assert.deepEqual([image?.id, image?.labels['sm-local.kind'], `${image?.os}/${image?.architecture}`], [id, 'image', 'linux/amd64']);
    assert.match(err, new RegExp(`\nStep 2/3 : RUN echo ${name}\n2/3 \\| ${name}\nStep 2/3 done, \\d`));
    assert.match((await runCommand(['build', name], place)).err, /\n2 steps were cached\n$/);
    assert.match((await runCommand(['build', name, '--verbose'], place)).err, /Step 2\/3 was there already\n/);
  });

  it('has events with --json, names of its own, and keys of the project file', async () => {
    await dockerfile('ARG WORD', 'ARG TARGETARCH', 'RUN echo $WORD $TARGETARCH');
    const file = `image: ./${name}\nbuild:\n  build-arg: { WORD: ${name} }\n  label: { team: ours }\n`;
    await writeFile(join(place.cwd, 'sm-local.yaml'), file);
    const { code, out } = await runCommand(['build', '-t', `${name}:1`, '--tag', `${name}:2`, '--json'], place);
    assert.equal(code, 0, out);
    const told = events(out);
    assert.ok(told.some(({ event, message }) => event === 'build' && message === `${name} amd64`));
    const begun = told.find(({ state, line }) => state === 'begun' && line === 4);
    assert.deepEqual([begun?.event, begun?.step, begun?.message], ['build', '2/2', `Step 2/2 : RUN echo ${name} amd64`]);
    const result = told.at(-1);
    const image = await testEngine().images.inspect(`${name}:2`);
    assert.deepEqual([result?.event, result?.name, result?.id, result?.platform], ['result', `${name}:1`, image?.id, 'linux/amd64']);
    assert.deepEqual(image?.labels, { team: 'ours' });
  });

  it('names the line, the exit code and the last lines of the step that fails, and ends with 1', async () => {
    await dockerfile('RUN echo why >&2; exit 9');
    const people = await runCommand(['build', name], place);
    assert.deepEqual([people.code, people.out], [1, '']);
    assert.match(people.err, /could not be built: Dockerfile:2: RUN echo why >&2; exit 9 ended with exit code 9\n {2}why\n/);
    const machine = await runCommand(['build', name, '--json'], place);
    assert.deepEqual([machine.code, events(machine.out).at(-1)?.code], [1, 'BuildFailed']);
  });

  it('refuses with the line what the engine cannot build, and ends with 3', async () => {
    await dockerfile('RUN --mount=type=ssh true');
    const { code, err } = await runCommand(['build', name], place);
    assert.equal(code, 3);
    assert.match(err, /^Error: Dockerfile:2: RUN --mount=type=ssh is not supported/m);
    for (const args of [[], [name, '--secret', 'src=x'], [name, '--tag', 'Upper'], ['nothing-here']]) {
      assert.equal((await runCommand(['build', ...args], place)).code, 2, args.join(' '));
    }
  });

  it('given up with Ctrl-C ends with 130 and leaves no image, with either builder', async () => {
    for (const mount of ['', '--mount=type=tmpfs,target=/t ']) {
      await dockerfile(`RUN ${mount}echo ready; sleep 1000`);
      const command = startCommand(['build', name], place);
      await command.until(/\| ready/);
      command.signal('SIGINT');
      const { code, out, err } = await command.ended;
      assert.deepEqual([code, out], [130, ''], err);
      await eventually(async () => (await testEngine().images.inspect(`sm-local/${name}:latest`)) === undefined, 'there is no image');
    }
  });

  if (isInstalled('script')) {
    it('shows on a terminal the step that runs, with its time, below all lines', async () => {
      await dockerfile(`RUN echo ${name}; sleep 2.5`);
      const words = [process.execPath, join(projectRoot, 'bin/sm-local.js'), 'build', name];
      const child = spawn('script', ['--quiet', '--return', '--command', words.join(' '), '/dev/null'], {
        cwd: place.cwd,
        env: { ...process.env, TERM: 'xterm', NO_COLOR: '1', SM_LOCAL_HOME: place.home },
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const [seen] = await Promise.all([text(child.stdout), once(child, 'close')]);
      assert.match(seen, new RegExp(`Step 2/3 RUN echo ${name}; sleep 2\\.5 … 1\\.\\d s\r\u001B\\[K`));
      assert.match(seen, /Step 2\/3 done, \d\.\d s/);
    });
  }

  if (registryProgram()) {
    it('makes an image that sm-local push takes to a registry', async () => {
      await using registry = await startRegistry();
      await writeFile(join(place.cwd, name, 'Dockerfile'), 'FROM scratch\nCOPY Dockerfile /\n');
      assert.equal((await runCommand(['build', name, '-t', `${name}:1`], place)).code, 0);
      const address = `${registry.host}/team/${name}`;
      const { code, out, err } = await runCommand(['push', `${name}:1`, address], place);
      assert.equal(code, 0, err);
      assert.match(out, new RegExp(`^${address}@sha256:[0-9a-f]{64}\n$`));
      const machine = events((await runCommand(['push', `${name}:1`, address, '--json'], place)).out);
      assert.deepEqual(
        machine.map(({ event, state }) => state ?? event),
        ['begun', 'done', 'note', 'result'],
      );
      assert.equal(machine.at(-1)?.reference, out.trim());
      assert.deepEqual((await testEngine().images.inspect(`${name}:1`))?.tags, [`${name}:1`]);
      assert.equal((await runCommand(['push', 'nothing-here', address], place)).code, 2);
    });
  }
});
