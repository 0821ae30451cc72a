import assert from 'node:assert/strict';
import { SageMakerEndpointContainer, SageMakerTrainingContainer } from '../../src/testcontainers/index.ts';
import { failure } from '../support/failure.ts';

describe('the builders of testcontainers', () => {
  it('refuse aliases where there is no network to have them in', async () => {
    const text = /withNetworkAliases\('model'\) without withNetwork/;
    await assert.rejects(new SageMakerEndpointContainer('image').withNetworkAliases('model').start(), failure('WrongUsage', text));
    await assert.rejects(new SageMakerTrainingContainer('image').withNetworkAliases('model').run(), failure('WrongUsage', text));
  });

  it('build no image once their signal has aborted', async () => {
    const builder = SageMakerEndpointContainer.fromDockerfile('.');
    await assert.rejects(builder.build(AbortSignal.abort(new Error('enough'))), /enough/);
  });

  it('refuses what would be dropped in silence: flags of a metric, a time that is none', () => {
    const training = new SageMakerTrainingContainer('image');
    assert.throws(() => training.withMetric('accuracy', /acc=(.*)/i), failure('WrongUsage', /accuracy.*has i/));
    training.withMetric('accuracy', /acc=(.*)/g);
    assert.throws(() => new SageMakerEndpointContainer('image').withStartupTimeout('5s' as never), failure('WrongUsage', /"5s"/));
  });
});
