import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { checkInputs } from '../../src/check/asked-inputs.ts';
import { whyNotPlayed } from '../../src/check/parts.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../support/temporary-directory.ts';

describe('what trials are to be given', () => {
  let place: TemporaryDirectory;
  before(async () => {
    place = await temporaryDirectory();
    await mkdir(join(place.path, 'data'));
  });
  after(() => place[Symbol.asyncDispose]());
  const given = (train: object, serve: object = {}) =>
    checkInputs({ train: { ...train }, serve: { ...serve }, surroundings: { env: {}, cwd: place.path, now: () => new Date() } });

  it('is looked for before anything is built', async () => {
    await given({ input: ['train=data'] }, { model: 'data' });
    await assert.rejects(given({ input: ['train=dta'] }), { code: 'InputNotFound', message: /^Channel "train": there is no .*dta\.$/ });
    await assert.rejects(given({}, { model: './modle' }), { code: 'InputNotFound', message: /^--model: / });
    const wrong = { hp: ['epochs'], env: ['FOO'], limit: ['foo=1'], 'max-run': 'banana' };
    for (const [name, value] of Object.entries(wrong)) await assert.rejects(given({ [name]: value }), { code: 'WrongUsage' }, name);
    await assert.rejects(given({ input: ['train=data'], 'input-mode': ['Foo'] }), { message: /Foo/ });
    await given({ 'instance-type': 'ml.inf2.xlarge' });
  });

  it('may be in a store, or come of a job that the home knows', async () => {
    await given({ input: ['train=s3://bucket/prefix'] }, { model: 'a-job' });
  });
});

describe('the parts of an image', () => {
  it('hold many models only where the label is true', async () => {
    const label = 'com.amazonaws.sagemaker.capabilities.multi-models';
    const image = (value: string) => ({ entrypoint: ['/serve'], environment: {}, labels: { [label]: value }, workingDirectory: '/' });
    const cast = (value: string) => ({ request: { parts: [] }, image: image(value), content: () => assert.fail('is not read') }) as never;
    assert.equal(await whyNotPlayed('multi-model', cast('true')), undefined);
    assert.match((await whyNotPlayed('multi-model', cast('false'))) ?? '', /^it has no label .*multi-models=true/);
  });
});
