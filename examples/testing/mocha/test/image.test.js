import assert from 'node:assert/strict';
import { train } from 'sm-local';
import { trained } from './endpoint.js';
import { iris, training } from './iris.js';

describe('the image', () => {
  let failing;
  after(() => failing?.[Symbol.asyncDispose]());

  it('learns', () => {
    assert.ok(trained.job.metrics.at(-1).value > 0.8);
  });

  it('says why it fails', async () => {
    failing = train({ ...iris, ...training, hp: { epochs: 'many' } });
    const { status, failureReason } = await failing;
    assert.equal(status, 'Failed');
    assert.match(failureReason, /AlgorithmError: hyperparameter "epochs" should be a number/);
  });

  it('answers in CSV too', async () => {
    const answer = await trained.endpoint.invoke('6.5,3.0,5.8,2.2', { contentType: 'text/csv', accept: 'text/csv' });
    assert.equal(answer.text(), 'virginica\n');
  });

  it('refuses what is no flower', async () => {
    const expected = { name: 'InvocationError', code: 'ModelError', originalStatusCode: 400 };
    await assert.rejects(trained.endpoint.invoke('a,b,c,d', { contentType: 'text/csv' }), expected);
  });
});
