import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { secretsOf } from '../../src/options/secret-flags.ts';
import { failure } from '../support/failure.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

describe('the secrets of a build', () => {
  const env = { TOKEN: 'of the environment', TYPED: 'too' };

  it('come from files, relative to where one is, and from the environment', async () => {
    await using directory = await temporaryDirectory();
    const cwd = directory.path;
    await writeFile(join(cwd, 'pip.conf'), 'of a file');
    const texts = ['id=a,src=pip.conf', 'id=b,env=TOKEN', 'id=pip.conf', 'id=TOKEN', 'type=env,id=TYPED', 'type=file,source=pip.conf,id=c'];
    const found = [...secretsOf(texts, { env, cwd })].map(([id, { content, path }]) => [id, content.toString(), path]);
    const path = join(cwd, 'pip.conf');
    assert.deepEqual(found, [
      ['a', 'of a file', path],
      ['b', env.TOKEN, undefined],
      ['pip.conf', 'of a file', path],
      ['TOKEN', env.TOKEN, undefined],
      ['TYPED', env.TYPED, undefined],
      ['c', 'of a file', path],
    ]);
  });

  it('have an id each', () => {
    assert.throws(
      () => secretsOf(['id=a,env=TOKEN', 'id=a,env=TYPED'], { env, cwd: '/' }),
      failure('WrongUsage', /there are two of the id a/),
    );
  });

  for (const [text, why] of [
    ['src=x', /has no id/],
    ['id=a,src=/nothing/here', /there is no file \/nothing\/here/],
    ['id=a,env=NOWHERE', /the environment has no NOWHERE/],
    ['id=a,value=x', /"value" says nothing/],
    ['id=a,type=ssh', /no type "ssh"/],
    ['id=a,src=x,env=TOKEN', /contradict/],
  ] as const) {
    it(`are not ${text}`, () => {
      assert.throws(() => secretsOf([text], { env, cwd: '/' }), failure('WrongUsage', why));
    });
  }
});
