import assert from 'node:assert/strict';
import type { CreateTrainingJobRequest } from '@aws-sdk/client-sagemaker';
import type { Callback } from '../../src/contract/callback.ts';
import { limitsOf } from '../../src/contract/limits.ts';
import { planVariant } from '../../src/hosting/plan.ts';
import { planTraining, type TrainingPlan } from '../../src/jobs/plan.ts';

describe('the proxies of the docker config in a plan', () => {
  const proxies = { from: 'proxies.default', variables: { HTTP_PROXY: 'h', http_proxy: 'h', NO_PROXY: '.corp', no_proxy: '.corp' } };
  const image = { id: 'sha256:1', tags: [], os: 'linux', architecture: 'amd64', size: 0, entrypoint: undefined, command: undefined };

  const planned = (request: Partial<CreateTrainingJobRequest>, callback?: Callback): TrainingPlan =>
    planTraining({ TrainingJobName: 'job', ...request } as CreateTrainingJobRequest, {
      region: 'us-east-1',
      account: '000000000000',
      arn: 'arn',
      image: { ...image, environment: {}, user: '', workingDirectory: '', labels: {} },
      channels: [],
      labels: {},
      machine: { cpus: 1, memory: 1 },
      maxRuntime: 1,
      options: { stopGrace: 1 },
      proxies,
      callback,
    });
  const endpoint = (changes: { environment?: Record<string, string>; isNetworkIsolated?: boolean }): Readonly<Record<string, string>> => {
    const limits = limitsOf('serving');
    const given = { limits, image: 'sha256:1', mounts: [], labels: {}, environment: {}, region: 'us-east-1', isNetworkIsolated: false };
    return planVariant({ ...given, ...changes, proxies }).template.container.environment;
  };
  const direct = '.corp,localhost,127.0.0.1,169.254.170.2';

  it('are in the environment of every host, which reaches the others and its credentials directly', () => {
    const plan = planned({ ResourceConfig: { InstanceCount: 2, InstanceType: 'ml.m5.large', VolumeSizeInGB: 1 } });
    for (const { environment } of plan.hosts) {
      assert.deepEqual([environment.HTTP_PROXY, environment.http_proxy], ['h', 'h']);
      assert.deepEqual([environment.NO_PROXY, environment.no_proxy], [`${direct},algo-1,algo-2`, `${direct},algo-1,algo-2`]);
    }
    assert.equal(plan.proxies?.from, 'proxies.default');
  });

  it('are not between its hosts and the API of this machine', () => {
    const { hosts } = planned({}, { url: 'http://10.9.0.1:4570', host: '10.9.0.1' });
    assert.equal(hosts[0]?.environment.AWS_ENDPOINT_URL, 'http://10.9.0.1:4570');
    assert.equal(hosts[0]?.environment.NO_PROXY, `${direct},algo-1,10.9.0.1`);
  });

  it('are in the environment of serving containers', () => {
    const { http_proxy, no_proxy } = endpoint({});
    assert.deepEqual([http_proxy, no_proxy], ['h', direct]);
  });

  it("give way to the request's own variables", () => {
    const own = { http_proxy: 'mine' };
    for (const environment of [planned({ Environment: own }).hosts[0]?.environment, endpoint({ environment: own })]) {
      assert.deepEqual(
        [environment?.http_proxy, environment?.HTTP_PROXY, environment?.NO_PROXY?.startsWith('.corp')],
        ['mine', undefined, true],
      );
    }
  });

  it('are not for containers that are isolated from the network', () => {
    const plan = planned({ EnableNetworkIsolation: true });
    assert.deepEqual([plan.hosts[0]?.environment.http_proxy, plan.proxies], [undefined, undefined]);
    assert.equal(endpoint({ isNetworkIsolated: true }).http_proxy, undefined);
  });
});

describe('The limits of instance types in a plan', () => {
  const gib = 2 ** 30;
  const planned = (options: { readonly instanceLimits?: boolean; readonly shmSize?: number }): TrainingPlan => {
    const groups = ['ml.m5.large', 'ml.m5.xlarge'].map((InstanceType) => ({
      InstanceGroupName: InstanceType,
      InstanceType,
      InstanceCount: 1,
    }));
    const image = { id: 'sha256:1', tags: [], os: 'linux', architecture: 'amd64', size: 0, entrypoint: undefined, command: undefined };
    return planTraining({ TrainingJobName: 'job', ResourceConfig: { InstanceGroups: groups } } as unknown as CreateTrainingJobRequest, {
      region: 'us-east-1',
      account: '000000000000',
      arn: 'arn',
      image: { ...image, environment: {}, user: '', workingDirectory: '', labels: {} },
      channels: [],
      labels: {},
      machine: { cpus: 3, memory: 32 * gib },
      maxRuntime: 1,
      options: { stopGrace: 1, ...options },
    });
  };
  const seen = (plan: TrainingPlan) => plan.hosts.map(({ limits, shmSize }) => [limits?.cpus, (limits?.memory ?? 0) / gib, shmSize / gib]);

  it('are each for its own hosts, with half of the memory as shared memory', () => {
    assert.deepEqual(seen(planned({ instanceLimits: true })), [
      [2, 8, 4],
      [3, 16, 8],
    ]);
    assert.deepEqual(seen(planned({ instanceLimits: true, shmSize: gib }))[0], [2, 8, 1]);
  });

  it('are there when they are asked for only', () => {
    assert.deepEqual(seen(planned({}))[0], [undefined, 0, 16]);
  });
});
