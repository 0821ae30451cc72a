import assert from 'node:assert/strict';
import { limitsOf } from '../../src/contract/limits.ts';
import { planVariant } from '../../src/hosting/plan.ts';

describe('a container of an endpoint', () => {
  const limits = limitsOf('serving');
  const given = { image: 'iris', region: 'us-east-1', environment: {}, isNetworkIsolated: false, mounts: [], labels: {}, limits };
  const planned = (more: Partial<Parameters<typeof planVariant>[0]> = {}) => planVariant({ ...given, ...more }).template.container;

  it('has the entrypoint and the user of its image, and no quota of memory or processors', () => {
    assert.deepEqual(Object.keys(planned()).sort(), ['command', 'environment', 'hostname', 'image', 'labels', 'mounts']);
  });

  it('gets the proxies of the docker config, unless it is isolated', () => {
    const proxies = { variables: { HTTP_PROXY: 'http://proxy:3128', http_proxy: 'http://proxy:3128' }, from: 'a test' };
    assert.equal(planned({ proxies }).environment.HTTP_PROXY, 'http://proxy:3128');
    assert.equal(planned({ proxies, isNetworkIsolated: true }).environment.HTTP_PROXY, undefined);
  });
});
