import assert from 'node:assert/strict';
import { chmod, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ImageFiles } from '../../src/dev/image-files.ts';
import { ImageUpdates, type Update } from '../../src/dev/image-updates.ts';
import type { Image } from '../../src/engine/engine.ts';
import { testContainers } from '../support/containers.ts';
import { testLabels } from '../support/real-engine.ts';

/** A patch must give the very files that a build would. */
describe('an image that is updated', function () {
  this.timeout(60_000);
  const { engine, base, run, directory, defer } = testContainers();

  async function session(dockerfile: readonly string[], sync: Readonly<Record<string, string>> = {}) {
    const root = await directory({
      Dockerfile: ['ARG BASE_IMAGE', 'FROM $BASE_IMAGE', ...dockerfile].join('\n'),
      'app/train': '#!/bin/sh\necho one',
      'app/lib/a.py': 'one',
      'requirements.txt': 'one',
    });
    await chmod(join(root, 'app/train'), 0o755);
    const tag = `sm-local-test/updates-${process.pid}:latest`;
    const request = { image: { kind: 'directory', path: root, tag } as const, buildArguments: { BASE_IMAGE: base().id } };
    const made = new Set<string>();
    defer(async () => {
      for (const id of made) await engine.images.remove(id); // last of all: containers hold them
    });
    const build = async (): Promise<Image> => {
      const image = await engine.images.build({ directory: root, tag, buildArguments: request.buildArguments, labels: testLabels });
      made.add(image.id);
      return image;
    };
    const files = new ImageFiles(engine, testLabels);
    defer(() => files[Symbol.asyncDispose]());
    const declared = new Map(Object.entries(sync).map(([target, path]) => [target, join(root, path)]));
    const updates = await ImageUpdates.open({ image: request, sync: declared }, { files, directory: await directory() });
    updates.built((await build()).id);
    const put = async (name: string, text: string, mode?: number): Promise<string> => {
      await mkdir(join(root, name, '..'), { recursive: true });
      await writeFile(join(root, name), text);
      if (mode !== undefined) await chmod(join(root, name), mode);
      return join(root, name);
    };
    /** Name, mode, owner and content of all below /opt/program. */
    const listing = async (image: string, patches: readonly string[] = []): Promise<string> => {
      const script =
        'cd /opt/program; find . | sort | while read -r f; do stat -c "%n %a %u:%g" "$f"; test -f "$f" && cat "$f" && echo; done; true';
      return (await run(script, { image, patches, entrypoint: ['/bin/sh', '-c'], command: [script] })).stdout;
    };
    const isAsBuilt = async (update: Update): Promise<void> => {
      assert.equal(update.kind, 'patch', update.kind === 'build' ? update.why : update.kind);
      if (update.kind !== 'patch' || update.image.image.kind !== 'image') return;
      assert.equal(await listing(update.image.image.reference, update.image.patches), await listing((await build()).id));
    };
    return { root, updates, put, build, isAsBuilt };
  }

  it('by a patch is what a build would give: files that changed, new ones, modes and owners', async () => {
    const { updates, put, isAsBuilt } = await session(['WORKDIR /opt/program', 'COPY requirements.txt ./', 'COPY --chown=7:8 app ./']);
    const first = await updates.update([await put('app/train', 'two', 0o700), await put('app/lib/a.py', 'two')]);
    await isAsBuilt(first);
    const second = await updates.update([await put('app/new/deep/b.py', 'two', 0o640)]);
    assert.equal(second.kind === 'patch' && second.files.length, 3, 'it holds what the one before it held');
    await isAsBuilt(second);
    await updates.runs(second);
    await isAsBuilt(await updates.update([await put('requirements.txt', 'two')]));
  });

  it('keeps the modes that a RUN has given, and is built where only that can tell them', async () => {
    const { updates, put, isAsBuilt } = await session([
      'COPY app /opt/program',
      'RUN chmod 711 /opt/program/train && chown -R 5:6 /opt/program',
    ]);
    await isAsBuilt(await updates.update([await put('app/train', 'two', 0o600)]));
    await isAsBuilt(await updates.update([await put('app/b.py', 'new')]));
    const named = await session(['COPY app /opt/program', 'RUN chown -R root /opt/program']);
    const added = await named.updates.update([await named.put('app/b.py', 'new')]);
    assert.deepEqual(added.kind === 'build' && added.why, 'app/b.py is new, and only a build tells its mode and its owner');
  });

  it('is built where a command may depend on what has changed, and patched again after that', async () => {
    const { root, updates, put, build, isAsBuilt } = await session([
      'WORKDIR /opt/program',
      'COPY requirements.txt ./',
      'RUN cp requirements.txt made',
      'COPY app ./',
    ]);
    const changed = await updates.update([await put('requirements.txt', 'two'), await put('app/train', 'two')]);
    assert.equal(
      changed.kind === 'build' && changed.why,
      'Dockerfile line 5, RUN cp requirements.txt made, may depend on requirements.txt',
    );
    const beside = await updates.update([await put('notes.txt', 'one')]);
    assert.equal(beside.kind, 'none', 'a build that is under way goes on');
    const failed = await updates.update([await put('app/train', 'three')]);
    assert.equal(failed.kind, 'build', 'as long as that has not come to be');
    updates.built((await build()).id);
    await isAsBuilt(await updates.update([await put('app/train', 'four')]));
    await rm(join(root, 'app/lib/a.py'));
    const gone = await updates.update([join(root, 'app/lib/a.py')]);
    assert.equal(gone.kind === 'build' && gone.why, 'app/lib/a.py is gone');
    const dockerfile = await updates.update([await put('Dockerfile', 'FROM scratch')]);
    assert.equal(dockerfile.kind, 'build');
  });

  it('takes what is declared without a build, and says what a patch cannot do', async () => {
    const { root, updates, put } = await session(['COPY app /opt/program', 'RUN touch /done'], { '/opt/program': 'app' });
    const patched = await updates.update([await put('app/train', 'two'), await put('app/new/b.py', 'two')]);
    assert.deepEqual(patched.kind === 'patch' && patched.files, ['/opt/program/train', '/opt/program/new/b.py']);
    await rm(join(root, 'app/lib/a.py'));
    const gone = await updates.update([join(root, 'app/lib/a.py')]);
    assert.deepEqual(gone.kind === 'patch' && gone.notes, ['app/lib/a.py is gone here; containers find it as the image has it']);
    assert.equal((await updates.update([await put('unused.txt', '1')])).kind, 'none');
  });
});
