import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Scope } from '../../src/scope.ts';
import { Janitor, type JanitorOptions } from '../../src/store/janitor.ts';
import { eventually } from '../support/containers.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../support/temporary-directory.ts';
import { plant } from './tree.ts';

describe('a janitor', () => {
  let scope: Scope;
  let troubles: string[];
  let root: TemporaryDirectory;
  beforeEach(async () => {
    scope = new Scope();
    troubles = [];
    root = scope.use(await temporaryDirectory());
  });
  afterEach(() => scope[Symbol.asyncDispose]());

  const tree = async (name: string): Promise<string> => {
    const path = join(root.path, name);
    await plant(path, { 'a/b': 'x', c: 'y' });
    return path;
  };
  const work = (janitor: Janitor): { readonly end: () => Promise<void> } => {
    let end = (): void => {};
    const over = janitor.during(
      () =>
        new Promise<void>((resolve) => {
          end = resolve;
        }),
    );
    return {
      end: async () => {
        end();
        await over;
      },
    };
  };
  const janitorWith = (options: Partial<JanitorOptions> = {}): Janitor =>
    scope.use(new Janitor({ onTrouble: (error) => troubles.push(String(error)), room: 0, ...options }));

  it('removes at once where nothing else is to be done', async () => {
    const janitor = janitorWith();
    janitor.discard(await tree('one'));
    janitor.discard(await tree('two'));
    await janitor.settled();
    assert.deepEqual(await readdir(root.path), []);
  });

  it('waits until all work is over', async () => {
    const janitor = janitorWith();
    const [one, other] = [work(janitor), work(janitor)];
    janitor.discard(await tree('tree'));
    await one.end();
    for (let turn = 0; turn < 5; turn += 1) await nextTurn();
    assert.deepEqual(await readdir(root.path), ['tree']);
    await other.end();
    await janitor.settled();
    assert.deepEqual(await readdir(root.path), []);
  });

  it('waits no longer than its patience', async () => {
    const janitor = janitorWith({ patience: 20 });
    const working = work(janitor);
    const path = await tree('tree');
    janitor.discard(path);
    await eventually(async () => !existsSync(path), 'it is still there');
    await working.end();
  });

  it('removes all that waits when it is disposed', async () => {
    const janitor = janitorWith();
    const working = work(janitor);
    for (const name of ['one', 'two', 'three']) janitor.discard(await tree(name));
    await janitor[Symbol.asyncDispose]();
    assert.deepEqual(await readdir(root.path), []);
    await working.end();
  });

  it('does not wait where the disk is short of room', async () => {
    const janitor = janitorWith({ room: Number.MAX_SAFE_INTEGER });
    const working = work(janitor);
    janitor.discard(await tree('tree'));
    await janitor.settled();
    assert.deepEqual(await readdir(root.path), []);
    await working.end();
  });

  it('goes on when whoever is told of trouble has trouble too', async () => {
    const janitor = janitorWith({
      onTrouble: () => {
        throw new Error('nobody listens');
      },
    });
    const path = await tree('tree');
    janitor.discard(join(path, 'c/is-a-file'));
    janitor.discard(path);
    await janitor[Symbol.asyncDispose]();
    assert.deepEqual(await readdir(root.path), []);
  });

  it('tells of what it cannot remove, and goes on', async () => {
    const janitor = janitorWith();
    const path = await tree('tree');
    janitor.discard(join(path, 'c/is-a-file'));
    janitor.discard(path);
    await janitor.settled();
    assert.match(troubles.join(), /c\/is-a-file: /);
    assert.deepEqual(await readdir(root.path), []);
  });
});
