import { SageMakerRuntimeClient } from '@aws-sdk/client-sagemaker-runtime';
import { withReplies } from 'sm-local';
import { describe, expect, inject, it } from 'vitest';
import { speciesOf } from '../species.ts';

describe('speciesOf', () => {
  it('gets the species from the model', async () => {
    const { name, clientConfig } = inject('endpoint');
    const client = new SageMakerRuntimeClient(clientConfig);
    expect(await speciesOf(client, name, [5.1, 3.5, 1.4, 0.2])).toBe('setosa');
  });

  it('sends the flower as CSV', async () => {
    await using replies = await withReplies({ body: { predictions: [{ species: 'virginica' }] } });
    const client = new SageMakerRuntimeClient(replies.clientConfig);
    expect(await speciesOf(client, replies.name, [6.5, 3, 5.8, 2.2])).toBe('virginica');
    replies.received.assertReceived({ contentType: 'text/csv', body: '6.5,3,5.8,2.2' });
  });
});
