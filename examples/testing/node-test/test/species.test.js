import assert from 'node:assert/strict';
import { it } from 'node:test';
import { SageMakerRuntimeClient } from '@aws-sdk/client-sagemaker-runtime';
import { withReplies } from 'sm-local';
import { speciesOf } from '../species.js';

it('speciesOf sends the flower as CSV', async (test) => {
  const replies = await withReplies({ body: { predictions: [{ species: 'virginica' }] } });
  test.after(() => replies.stop());
  const client = new SageMakerRuntimeClient(replies.clientConfig);
  assert.equal(await speciesOf(client, replies.name, [6.5, 3, 5.8, 2.2]), 'virginica');
  replies.received.assertReceived({ contentType: 'text/csv', body: '6.5,3,5.8,2.2' });
});
