import { serve, train } from 'sm-local';
import { describe, expect, inject, it } from 'vitest';
import { iris, training } from './iris.ts';

describe('the image', () => {
  it('learns', () => {
    expect(inject('job').metrics.at(-1)?.value).toBeGreaterThan(0.8);
  });

  it('answers in CSV too, and refuses what is no flower', async () => {
    await using endpoint = await serve({ ...iris, model: inject('job').files.model });
    const answer = await endpoint.invoke('6.5,3.0,5.8,2.2', { contentType: 'text/csv', accept: 'text/csv' });
    expect(answer.text()).toBe('virginica\n');
    const refused = endpoint.invoke('a,b,c,d', { contentType: 'text/csv' });
    await expect(refused).rejects.toMatchObject({ code: 'ModelError', originalStatusCode: 400 });
  });

  it('says why it fails', async () => {
    await using job = train({ ...iris, ...training, hp: { epochs: 'many' } });
    const { status, failureReason } = await job;
    expect(status).toBe('Failed');
    expect(failureReason).toMatch(/AlgorithmError: hyperparameter "epochs" should be a number/);
  });
});
