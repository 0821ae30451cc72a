import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readDockerfile } from '../../../src/check/evidence/dockerfile-text.ts';
import { placesOf } from '../../../src/check/image/places.ts';
import { rejectionOf } from '../../support/containers.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';
import { madeUp } from './made-up.ts';

describe('places in a Dockerfile', () => {
  const lineOf = async (lines: readonly string[], name: string, isMeant?: (text: string) => boolean): Promise<number | undefined> => {
    await using directory = await temporaryDirectory();
    await writeFile(join(directory.path, 'Dockerfile'), lines.join('\n'));
    const dockerfile = await readDockerfile(directory.path);
    const { places } = await placesOf({ ...madeUp(), dockerfile: async () => dockerfile }, name, isMeant);
    return places?.[0]?.line;
  };

  for (const [title, lines, name, line] of [
    ['are the last that says it', ['FROM a', 'USER one', 'USER two'], 'USER', 3],
    ['are those of the last stage', ['FROM a', 'USER one', 'FROM b', 'RUN x'], 'USER', undefined],
    ['are also those of a stage that it stands on', ['FROM a AS base', 'USER one', 'FROM b', 'USER two', 'FROM base', 'RUN x'], 'USER', 2],
    ['are also those of a stage by number', ['FROM a', 'USER one', 'FROM --platform=linux/amd64 0', 'RUN x'], 'USER', 2],
    ['are where continued instructions begin', ['# USER no', 'FROM a', 'ENV A=1 \\', '  # of two', '  B=2', 'user three'], 'ENV', 3],
    ['are none where nothing says it', ['FROM a'], 'USER', undefined],
    ['count lines of here-documents', ['FROM a', 'RUN <<EOF', 'USER no', 'EOF', 'USER one'], 'USER', 5],
  ] as const) {
    it(title, async () => assert.equal(await lineOf(lines, name), line));
  }

  it('may be asked for by what they say', async () => {
    assert.equal(await lineOf(['FROM a', 'ENV A=1', 'ENV B=1'], 'ENV', (text) => text.startsWith('A=')), 2);
  });

  it('cannot be had where there is no Dockerfile', async () => {
    await using directory = await temporaryDirectory();
    await rejectionOf('InputUnreadable', readDockerfile(directory.path));
  });
});
