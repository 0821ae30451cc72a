import { SageMakerRuntimeClient } from '@aws-sdk/client-sagemaker-runtime';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { withReplies } from 'sm-local';
import { speciesOf } from '../species.js';

describe('speciesOf', () => {
  it('gets the species from the model', async () => {
    const { name, clientConfig } = JSON.parse(process.env.ENDPOINT);
    const client = new SageMakerRuntimeClient(clientConfig);
    expect(await speciesOf(client, name, [5.1, 3.5, 1.4, 0.2])).toBe('setosa');
  });

  describe('without any container', () => {
    let replies;
    beforeAll(async () => {
      replies = await withReplies({ body: { predictions: [{ species: 'virginica' }] } });
    });
    afterAll(() => replies.stop());

    it('sends the flower as CSV', async () => {
      const client = new SageMakerRuntimeClient(replies.clientConfig);
      expect(await speciesOf(client, replies.name, [6.5, 3, 5.8, 2.2])).toBe('virginica');
      replies.received.assertReceived({ contentType: 'text/csv', body: '6.5,3,5.8,2.2' });
    });
  });
});
