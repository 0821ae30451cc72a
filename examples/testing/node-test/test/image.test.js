import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { SageMakerRuntimeClient } from '@aws-sdk/client-sagemaker-runtime';
import { train, trainAndServe } from 'sm-local';
import { speciesOf } from '../species.js';
import { iris, training } from './iris.js';

// node:test runs each file in a process of its own: what a file starts is for its tests alone.
describe('the image', { timeout: 300_000 }, () => {
  let trained;
  before(async () => {
    trained = await trainAndServe({ ...iris, ...training });
  });
  after(() => trained?.[Symbol.asyncDispose]());

  it('learns', () => {
    assert.ok(trained.job.metrics.at(-1).value > 0.8);
  });

  it('answers the AWS SDK', async () => {
    const { endpoint } = trained;
    const client = new SageMakerRuntimeClient(endpoint.clientConfig);
    assert.equal(await speciesOf(client, endpoint.name, [5.1, 3.5, 1.4, 0.2]), 'setosa');
  });

  it('answers in CSV too', async () => {
    const answer = await trained.endpoint.invoke('6.5,3.0,5.8,2.2', { contentType: 'text/csv', accept: 'text/csv' });
    assert.equal(answer.text(), 'virginica\n');
  });

  it('says why it fails', async (test) => {
    const failing = train({ ...iris, ...training, hp: { epochs: 'many' } });
    test.after(() => failing[Symbol.asyncDispose]());
    const { status, failureReason } = await failing;
    assert.equal(status, 'Failed');
    assert.match(failureReason, /AlgorithmError: hyperparameter "epochs" should be a number/);
  });
});
