import assert from 'node:assert/strict';
import { init } from '../../src/cli/init.ts';
import { isError } from '../../src/errors.ts';
import { testIo } from '../support/io.ts';

describe('init --template', () => {
  const refusal = async (template: string) => {
    const values = { template, json: false, yes: false, 'no-vscode': false } as never;
    const error: unknown = await init('.', values, testIo({ cwd: '/nowhere' })).catch((thrown: unknown) => thrown);
    assert.ok(isError(error, 'WrongUsage'));
    return error;
  };

  it('that is misspelt is told what was meant', async () => {
    assert.match((await refusal('pyhton')).remedy, /^Did you mean python\? Use one of: /);
  });

  it('that is like none is told which there are', async () => {
    assert.match((await refusal('cobol')).remedy, /^Use one of: /);
  });
});
