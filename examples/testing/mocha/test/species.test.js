import assert from 'node:assert/strict';
import { SageMakerRuntimeClient } from '@aws-sdk/client-sagemaker-runtime';
import { withReplies } from 'sm-local';
import { speciesOf } from '../species.js';
import { trained } from './endpoint.js';

describe('speciesOf', () => {
  it('gets the species from the model', async () => {
    const client = new SageMakerRuntimeClient(trained.endpoint.clientConfig);
    assert.equal(await speciesOf(client, trained.endpoint.name, [5.1, 3.5, 1.4, 0.2]), 'setosa');
  });

  describe('without any container', () => {
    let replies;
    before(async () => {
      replies = await withReplies({ body: { predictions: [{ species: 'virginica' }] } });
    });
    after(() => replies.stop());

    it('sends the flower as CSV', async () => {
      const client = new SageMakerRuntimeClient(replies.clientConfig);
      assert.equal(await speciesOf(client, replies.name, [6.5, 3, 5.8, 2.2]), 'virginica');
      replies.received.assertReceived({ contentType: 'text/csv', body: '6.5,3,5.8,2.2' });
    });
  });
});
