import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Scope } from '../../src/scope.ts';
import { Janitor } from '../../src/store/janitor.ts';
import { eventually } from '../support/containers.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../support/temporary-directory.ts';
import { plant } from './tree.ts';

describe('a janitor', () => {
  let scope: Scope;
  let root: TemporaryDirectory;
  beforeEach(async () => {
    scope = new Scope();
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
  const noTrouble = (error: unknown): never => assert.fail(String(error));

  it('removes at once where nothing else is to be done', async () => {
    const janitor = scope.use(new Janitor());
    janitor.remove(await tree('one'), noTrouble);
    janitor.remove(await tree('two'), noTrouble);
    await janitor.settled();
    assert.deepEqual(await readdir(root.path), []);
  });

  it('waits until all work is over', async () => {
    const janitor = scope.use(new Janitor());
    const [one, other] = [work(janitor), work(janitor)];
    janitor.remove(await tree('tree'), noTrouble);
    await one.end();
    for (let turn = 0; turn < 5; turn += 1) await nextTurn();
    assert.deepEqual(await readdir(root.path), ['tree']);
    await other.end();
    await janitor.settled();
    assert.deepEqual(await readdir(root.path), []);
  });

  it('waits no longer than its patience', async () => {
    const janitor = scope.use(new Janitor(20));
    const working = work(janitor);
    const path = await tree('tree');
    janitor.remove(path, noTrouble);
    await eventually(async () => !existsSync(path), 'it is still there');
    await working.end();
  });

  it('removes all that waits when it is disposed', async () => {
    const janitor = new Janitor();
    const working = work(janitor);
    for (const name of ['one', 'two', 'three']) janitor.remove(await tree(name), noTrouble);
    await janitor[Symbol.asyncDispose]();
    assert.deepEqual(await readdir(root.path), []);
    await working.end();
  });

  it('tells of what it cannot remove, and goes on', async () => {
    const janitor = scope.use(new Janitor());
    const told: unknown[] = [];
    const path = await tree('tree');
    janitor.remove(join(path, 'c/is-a-file'), (error) => told.push(error));
    janitor.remove(path, noTrouble);
    await janitor.settled();
    assert.match(String(told), /c\/is-a-file/);
    assert.deepEqual(await readdir(root.path), []);
  });
});
