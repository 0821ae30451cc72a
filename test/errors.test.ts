import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { runInNewContext } from 'node:vm';
import { errorCodes, fail, isAnyError, isError, reasonOf, SmLocalError } from '../src/errors.ts';

describe('the catalogue of errors', () => {
  const page = readFileSync(new URL(import.meta.resolve('#docs/errors.md')), 'utf8');
  const rows = [...page.matchAll(/^\| `(\w+)` \| (\w+) \| (.+) \|$/gm)].map(([, code, blame]) => ({ code, blame }));

  it('stands on its page code by code, in both directions', () => {
    assert.deepEqual(rows.map(({ code }) => code).sort(), [...errorCodes].sort());
  });

  it('blames on its page whom it blames in the code', () => {
    for (const { code, blame } of rows) assert.equal(blameOf(code ?? ''), blame, code);
  });

  it('keeps the cause and can be told by its code', () => {
    const cause = new Error('why');
    const error = fail('EngineForbidden', { where: 'unix:///x' }, cause);
    assert.ok(error instanceof SmLocalError);
    assert.equal(error.cause, cause);
    assert.match(error.remedy, /usermod/);
    assert.deepEqual(
      [isError(error), isError(error, 'EngineForbidden'), isError(error, 'NoGpu'), isError(cause)],
      [true, true, false, false],
    );
  });

  it('knows an error of another realm, as test runners make them', () => {
    const foreign: unknown = runInNewContext("new Error('from elsewhere')");
    assert.ok(!(foreign instanceof Error) && isAnyError(foreign));
    assert.equal(reasonOf(foreign), 'from elsewhere');
    assert.deepEqual(['text', undefined, null, { message: 'no name' }].map(isAnyError), [false, false, false, false]);
  });
});

/** A detail that has every field any message asks for. */
const blameOf = (code: string): string => {
  const detail = new Proxy({}, { get: () => 'x' });
  return fail(code as 'InvalidRequest', detail as { message: string; remedy: string }).blame;
};
