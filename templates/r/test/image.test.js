import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { SageMakerEndpointContainer, SageMakerTrainingContainer } from 'sm-local/testcontainers';

const project = fileURLToPath(new URL('..', import.meta.url));

/** The image of the Dockerfile, trained and served as sm-local.yaml says. */
describe('the image', { timeout: 900_000 }, () => {
  let job;
  let endpoint;
  let payload;

  before(async () => {
    payload = await readFile(join(project, 'payload.csv'));
    job = await new SageMakerTrainingContainer(project).withProject(project).run();
    assert.equal(job.status, 'Completed', job.failureReason);
    endpoint = await new SageMakerEndpointContainer(project).withProject(project).withModel(job.modelArchive).start();
  });
  after(async () => {
    await endpoint?.stop();
    await job?.[Symbol.asyncDispose]();
  });

  it('learns', () => {
    assert.ok(job.metric('train:rmse') < 2, `train:rmse is ${job.metric('train:rmse')}`);
  });

  it('predicts a fare for each ride', async () => {
    const { predictions } = (await endpoint.invoke(payload, { contentType: 'text/csv' })).json();
    assert.equal(predictions.length, 2);
    assert.ok(Math.abs(predictions[0] - 13.2) < 2, `${predictions}`);
  });

  it('takes JSON and answers in CSV', async () => {
    const rides = JSON.stringify({ instances: [[3.5, 12]] });
    const answer = await endpoint.invoke(rides, { contentType: 'application/json', accept: 'text/csv' });
    assert.match(answer.text(), /^1\d\.\d+\n$/);
  });

  it('refuses what it cannot read with words, and goes on', async () => {
    const refused = (body, contentType, originalStatusCode) =>
      assert.rejects(endpoint.invoke(body, { contentType }), { code: 'ModelError', originalStatusCode });
    await refused('near,soon\n', 'text/csv', 400);
    await refused('', 'text/csv', 400);
    await refused('3.5\n', 'text/csv', 400);
    await refused('[[3.5', 'application/json', 400);
    await refused('<ride/>', 'application/xml', 415);
    await endpoint.invoke(payload, { contentType: 'text/csv' });
  });

  it('without data fails and says so', async () => {
    const notes = await mkdtemp(join(tmpdir(), 'notes-'));
    try {
      await writeFile(join(notes, 'notes.txt'), 'no data\n');
      const failed = await new SageMakerTrainingContainer(project).withProject(project).withInput('train', notes).run();
      await failed[Symbol.asyncDispose]();
      assert.equal(failed.status, 'Failed');
      assert.match(failed.failureReason, /channel "train" holds no \.csv file/);
    } finally {
      await rm(notes, { recursive: true });
    }
  });
});
