import assert from 'node:assert/strict';
import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ImageFiles } from '../../src/dev/image-files.ts';
import { ImageUpdates } from '../../src/dev/image-updates.ts';
import { testContainers } from '../support/containers.ts';
import { testLabels } from '../support/real-engine.ts';

/** Dockerfiles of many shapes: whatever is said to be patched must be, file by file, what a build gives. */
describe('a patch of an image', function () {
  this.timeout(120_000);
  const { engine, base, run, directory, defer } = testContainers();

  const shapes: Readonly<Record<string, readonly string[]>> = {
    'a directory': ['COPY app /opt/program'],
    'files into a working directory': ['WORKDIR /opt/program', 'COPY train.py model.py ./', 'COPY app ./app'],
    'one file under another name': ['COPY train.py /usr/local/bin/train', 'COPY model.py /srv', 'COPY app/api.py /tmp'],
    'a pattern that matches one file': ['COPY mod*.py /tmp/m.py', 'COPY req*.txt /tmp/'],
    'modes that are changed afterwards': ['COPY . /srv/', 'RUN chmod 700 /srv/train.py && chown -R 7:8 /srv/app; mkdir -p /x'],
    'modes by signs': [
      'COPY . /srv/',
      'RUN chmod +x /srv/train.py && chmod -R u=rwX,go-w /srv/app',
      'COPY app /b',
      'RUN chmod 700 /b/*.py',
    ],
    'modes of something else': ['RUN mkdir /opt/lib', 'COPY app /opt/app', 'RUN chmod -R 750 /opt/lib'],
    'owners and all': ['COPY --chown=7:8 app /opt/app', 'COPY --chown=root:root train.py /opt/'],
    'a stage that stands on another': ['WORKDIR /opt/program', 'COPY app ./', 'FROM one', 'COPY model.py ./'],
    'a stage that is copied from': [
      'COPY app /a/',
      'RUN cat /a/api.py > /made',
      'FROM one AS two',
      'COPY --from=one /made /b/',
      'COPY model.py /b/',
    ],
    'a stage that goes on from one that stays': [
      'COPY app /a/',
      'FROM one AS made',
      'RUN cat /a/api.py > /made',
      'FROM one',
      'COPY --from=made /made /',
    ],
    'variables of the base image': ['ENV PLACE=/p', 'FROM one AS two', 'ARG PLACE=/q', 'COPY app $PLACE/', 'COPY model.py $PLACE/m/'],
    'copies over copies': ['COPY app /a', 'COPY other /a', 'COPY model.py /a/api.py', 'COPY . /all'],
    links: ['COPY linked /a/', 'COPY link.py /b/', 'COPY app /app'],
    additions: ['ADD app /a', 'ADD model.py /b/'],
    triggers: ['ONBUILD COPY app /triggered', 'FROM one', 'COPY model.py /b/'],
    'a command in between': ['COPY requirements.txt /r/', 'RUN cp /r/requirements.txt /made', 'COPY . /all'],
    'a link in the image': ['RUN mkdir /real && ln -s /real /opt/program', 'WORKDIR /opt/program', 'COPY train.py app ./'],
  };

  for (const [title, lines] of Object.entries(shapes)) {
    it(`with ${title}`, async () => {
      const root = await directory({
        Dockerfile: ['ARG BASE_IMAGE', 'FROM $BASE_IMAGE AS one', ...lines].join('\n'),
        'train.py': 'one',
        'model.py': 'one',
        'requirements.txt': 'one',
        'app/api.py': 'one',
        'app/deep/x.py': 'one',
        'other/api.py': 'one',
      });
      await symlink('app', join(root, 'linked'));
      await symlink('model.py', join(root, 'link.py'));
      const tag = `sm-local-test/oracle-${process.pid}:latest`;
      const buildArguments = { BASE_IMAGE: base().id };
      const made = new Set<string>();
      defer(async () => {
        for (const id of made) await engine.images.remove(id);
      });
      const build = async (): Promise<string> => {
        const { id } = await engine.images.build({ directory: root, tag, buildArguments, labels: testLabels });
        made.add(id);
        return id;
      };
      const files = new ImageFiles(engine, testLabels);
      defer(() => files[Symbol.asyncDispose]());
      const image = { image: { kind: 'directory', path: root, tag } as const, buildArguments };
      const updates = await ImageUpdates.open({ image, sync: new Map() }, { files, directory: await directory() });
      let current: { readonly id: string; readonly patches: readonly string[] } = { id: await build(), patches: [] };
      updates.built(current.id);
      const elsewhere = ['/proc', '/sys', '/dev', '/etc', '/usr/lib', '/usr/share'].map((path) => `-path ${path}`).join(' -o ');
      const script = `find / -xdev \\( ${elsewhere} \\) -prune -o -type f -print | sort | while read -r f; do stat -c "%n %a %u:%g" "$f"; sha256sum < "$f"; done`;
      const listing = async (id: string, patches: readonly string[] = []): Promise<string> =>
        (await run(script, { image: id, patches, entrypoint: ['/bin/sh', '-c'], command: [script] })).stdout;
      for (const name of ['train.py', 'model.py', 'requirements.txt', 'app/api.py', 'app/deep/x.py', 'other/api.py', 'app/new/n.py']) {
        await mkdir(join(root, name, '..'), { recursive: true });
        await writeFile(join(root, name), `two of ${name}`);
        await chmod(join(root, name), name === 'model.py' ? 0o640 : 0o755);
        const update = await updates.update([join(root, name)]);
        const now = await build();
        if (update.kind === 'build') {
          updates.built(now);
          current = { id: now, patches: [] };
          continue;
        }
        if (update.kind === 'patch') {
          current = { ...current, patches: update.image.patches ?? [] };
          await updates.runs(update);
        }
        assert.equal(await listing(current.id, current.patches), await listing(now), `${name}: ${update.kind}`);
      }
    });
  }
});
