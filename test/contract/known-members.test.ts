import assert from 'node:assert/strict';
import { knownMembers } from '../../src/contract/known-members.ts';

describe('knownMembers', () => {
  it('drops what is null and what AWS does not have, at any depth, and says what it was', () => {
    const variant = { VariantName: 'a', ModelName: 'm', Colour: 'red', InitialInstanceCount: null };
    assert.deepEqual(knownMembers('CreateEndpointConfig', { EndpointConfigName: 'c', ProductionVariants: [variant], Tags: null, x: 1 }), {
      request: { EndpointConfigName: 'c', ProductionVariants: [{ VariantName: 'a', ModelName: 'm' }] },
      unknown: ['ProductionVariants[0].Colour', 'x'],
    });
  });

  it('leaves the keys of maps, and what is of a wrong type, as they are', () => {
    const request = {
      ModelName: 7,
      PrimaryContainer: { Environment: { anyKey: 'v', constructor: 'w' } },
      Containers: 'none',
      VpcConfig: [],
    };
    assert.deepEqual(knownMembers('CreateModel', request), { request, unknown: [] });
  });

  it('knows no member by what every object has', () => {
    assert.deepEqual(knownMembers('DescribeModel', JSON.parse('{"__proto__": {"a": 1}, "constructor": 1, "ModelName": "m"}')), {
      request: { ModelName: 'm' },
      unknown: ['__proto__', 'constructor'],
    });
  });

  it('takes anything for a request', () => {
    for (const odd of [undefined, null, [], 'text', 3]) assert.deepEqual(knownMembers('DescribeModel', odd), { request: {}, unknown: [] });
  });
});
