import assert from 'node:assert/strict';
import { join } from 'node:path';
import {
  CreateEndpointCommand,
  CreateEndpointConfigCommand,
  CreateModelCommand,
  CreateTrainingJobCommand,
  SageMakerClient,
  waitUntilEndpointInService,
  waitUntilTrainingJobCompletedOrStopped,
} from '@aws-sdk/client-sagemaker';
import { startEmulator } from '../../src/library/emulator.ts';
import { serve } from '../../src/library/serve.ts';
import { train } from '../../src/library/training-run.ts';
import { failure } from '../support/failure.ts';
import { FakeEngine, serving } from '../support/fake-engine.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../support/temporary-directory.ts';

describe('networks of the user', () => {
  let root: TemporaryDirectory;
  let engine: FakeEngine;
  let id: string;
  beforeEach(async () => {
    root = await temporaryDirectory();
    const describe = { isNative: true };
    engine = new FakeEngine({ describe, images: { trains: () => 0, serves: serving((_request, response) => response.end()) } });
    ({ id } = await engine.networks.create({ name: 'mine', labels: {} }));
  });
  afterEach(async () => {
    await engine.networks.remove(id);
    assert.deepEqual(engine.left(), []);
    await engine[Symbol.asyncDispose]();
    await root[Symbol.asyncDispose]();
  });
  const common = () => ({
    ...{ engine, home: join(root.path, 'home'), cwd: root.path, credentials: 'environment' as const, ephemeral: true },
    networks: [{ network: 'mine', aliases: ['model'] }],
    extraHosts: { elsewhere: '10.9.8.7' },
    labels: { 'my.label': 'mine' },
  });
  const joined = () =>
    engine.history.map(({ spec }) => ({ networks: spec.networks, own: spec.network, extra: spec.extraHosts?.elsewhere }));

  it('are joined by every instance of an endpoint, beside its own', async () => {
    await using endpoint = await serve({ ...common(), image: 'serves', instanceCount: 2 });
    assert.equal(endpoint.endpoints.length, 1);
    const instance = { networks: [{ network: id, aliases: ['model'] }], own: undefined, extra: '10.9.8.7' };
    assert.deepEqual(joined(), [instance, instance]);
    assert.equal(engine.history[0]?.spec.labels['my.label'], 'mine');
  });

  it('are joined by every host of a job, beside the network of the job, which carries the labels too', async () => {
    const networks: Record<string, string>[] = [];
    const { create } = engine.networks;
    engine.networks.create = (spec) => {
      networks.push({ ...spec.labels });
      return create(spec);
    };
    await using run = train({ ...common(), image: 'trains', instanceCount: 2 });
    assert.equal((await run.result).status, 'Completed');
    assert.deepEqual(
      joined().map(({ networks: of, extra }) => [of, extra]),
      Array(2).fill([[{ network: id, aliases: ['model'] }], '10.9.8.7']),
    );
    assert.ok(joined().every(({ own }) => own !== 'bridge' && own !== undefined));
    assert.equal(networks.length, 1);
    assert.equal(networks[0]?.['my.label'], 'mine');
    assert.match(networks[0]?.['sm-local.home'] ?? '', /ephemeral/);
  });

  it('that are not there are refused before anything is made', async () => {
    const unknown = { ...common(), networks: [{ network: 'nowhere' }] };
    await assert.rejects(serve({ ...unknown, image: 'no-such-image' }), failure('NetworkNotFound', /There is no network nowhere/));
    await using run = train({ ...unknown, image: 'no-such-image' });
    await assert.rejects(run.result, failure('NetworkNotFound', /There is no network nowhere/));
    assert.deepEqual(engine.history, []);
  });

  it('are not for what is to be isolated', async () => {
    await using run = train({ ...common(), image: 'trains', name: 'job', networkIsolation: true });
    await assert.rejects(run.result, failure('WrongUsage', /^The training job job asks for EnableNetworkIsolation/));
    const model = { ModelName: 'm', ExecutionRoleArn: 'arn:aws:iam::000000000000:role/r', PrimaryContainer: { Image: 'serves' } };
    const variant = { VariantName: 'v', ModelName: 'm', InstanceType: 'ml.m5.large', InitialInstanceCount: 1 } as const;
    const requests = {
      models: [{ ...model, EnableNetworkIsolation: true }],
      endpointConfigs: [{ EndpointConfigName: 'c', ProductionVariants: [variant] }],
      endpoints: [{ EndpointName: 'e', EndpointConfigName: 'c' }],
    };
    await assert.rejects(serve({ ...common(), requests }), failure('WrongUsage', /^The model m asks for EnableNetworkIsolation/));
  });

  it('are left out by what is to be isolated in an API whose caller named them for all', async () => {
    const warnings: string[] = [];
    {
      await using emulator = await startEmulator({ ...common(), callback: 'off' });
      void (async () => {
        for await (const event of emulator.events()) if (event.event === 'warning') warnings.push(event.message);
      })();
      const client = new SageMakerClient(emulator.clientConfig);
      const role = 'arn:aws:iam::000000000000:role/any';
      const primary = { Image: 'serves' };
      for (const [name, isIsolated] of [
        ['alone', true],
        ['open', false],
      ] as const) {
        const model = { ModelName: name, ExecutionRoleArn: role, PrimaryContainer: primary, EnableNetworkIsolation: isIsolated };
        await client.send(new CreateModelCommand(model));
        const variant = { VariantName: 'v', ModelName: name, InstanceType: 'ml.m5.large', InitialInstanceCount: 1 } as const;
        await client.send(new CreateEndpointConfigCommand({ EndpointConfigName: name, ProductionVariants: [variant] }));
        await client.send(new CreateEndpointCommand({ EndpointName: name, EndpointConfigName: name }));
        await waitUntilEndpointInService({ client, minDelay: 1, maxDelay: 1, maxWaitTime: 30 }, { EndpointName: name });
      }
      await client.send(
        new CreateTrainingJobCommand({
          TrainingJobName: 'job',
          AlgorithmSpecification: { TrainingImage: 'trains', TrainingInputMode: 'File' },
          RoleArn: role,
          OutputDataConfig: { S3OutputPath: root.path },
          ResourceConfig: { InstanceType: 'ml.m5.large', InstanceCount: 1, VolumeSizeInGB: 1 },
          StoppingCondition: { MaxRuntimeInSeconds: 60 },
          EnableNetworkIsolation: true,
        }),
      );
      await waitUntilTrainingJobCompletedOrStopped({ client, minDelay: 1, maxDelay: 1, maxWaitTime: 30 }, { TrainingJobName: 'job' });
      client.destroy();
    }
    const [alone, open, job] = joined();
    assert.deepEqual([alone?.networks, open?.networks, job?.networks], [undefined, [{ network: id, aliases: ['model'] }], undefined]);
    assert.ok(alone?.own, 'an isolated network of its own');
    assert.match(warnings.join('\n'), /The model alone asks for network isolation, so its containers do not join the networks/);
    assert.match(warnings.join('\n'), /job asks for network isolation, so it does not join the networks/);
  });
});
