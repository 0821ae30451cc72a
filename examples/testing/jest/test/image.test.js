import { afterAll, describe, expect, it } from '@jest/globals';
import { serve, train } from 'sm-local';
import { iris, training } from './iris.js';

describe('the image', () => {
  const { metrics, files } = JSON.parse(process.env.JOB);
  let failing;
  let endpoint;
  afterAll(async () => {
    await endpoint?.stop();
    await failing?.[Symbol.asyncDispose]();
  });

  it('learns', () => {
    expect(metrics.at(-1).value).toBeGreaterThan(0.8);
  });

  it('answers in CSV too, and refuses what is no flower', async () => {
    endpoint = await serve({ ...iris, model: files.model });
    const answer = await endpoint.invoke('6.5,3.0,5.8,2.2', { contentType: 'text/csv', accept: 'text/csv' });
    expect(answer.text()).toBe('virginica\n');
    const refused = endpoint.invoke('a,b,c,d', { contentType: 'text/csv' });
    await expect(refused).rejects.toMatchObject({ code: 'ModelError', originalStatusCode: 400 });
  });

  it('says why it fails', async () => {
    failing = train({ ...iris, ...training, hp: { epochs: 'many' } });
    const { status, failureReason } = await failing;
    expect(status).toBe('Failed');
    expect(failureReason).toMatch(/AlgorithmError: hyperparameter "epochs" should be a number/);
  });
});
