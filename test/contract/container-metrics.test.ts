import assert from 'node:assert/strict';
import { metricsScrape } from '../../src/contract/container-metrics.ts';

describe('the metrics that a container tells of itself', () => {
  const on = { MetricsConfig: { EnableDetailedObservability: true } } as const;

  it('are asked for where the configuration has detailed observability, and nowhere else', () => {
    assert.equal(metricsScrape({}, {}), undefined);
    assert.equal(metricsScrape({ MetricsConfig: { MetricPublishFrequencyInSeconds: 10 } }, {}), undefined);
    assert.equal(metricsScrape({ MetricsConfig: { EnableDetailedObservability: false, EnableEnhancedMetrics: true } }, {}), undefined);
    assert.deepEqual(metricsScrape(on, {}), { path: '/metrics', interval: 60 });
  });

  it('have the path of the model, and its interval before that of the configuration', () => {
    const of = (MetricPublishFrequencyInSeconds?: 10) => ({
      ContainerMetricsConfig: {
        MetricsEndpoints: [
          { MetricsEndpointPath: '/server/metrics', ...(MetricPublishFrequencyInSeconds && { MetricPublishFrequencyInSeconds }) },
        ],
      },
    });
    const paced = { MetricsConfig: { ...on.MetricsConfig, MetricPublishFrequencyInSeconds: 300 } } as const;
    assert.deepEqual(metricsScrape(paced, {}), { path: '/metrics', interval: 300 });
    assert.deepEqual(metricsScrape(paced, of()), { path: '/server/metrics', interval: 300 });
    assert.deepEqual(metricsScrape(paced, of(10)), { path: '/server/metrics', interval: 10 });
    assert.deepEqual(metricsScrape(on, { ContainerMetricsConfig: { MetricsEndpoints: [] } }), { path: '/metrics', interval: 60 });
  });
});
