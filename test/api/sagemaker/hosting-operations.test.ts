import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { Tag } from '@aws-sdk/client-sagemaker';
import { awsErrorOf } from '../../../src/api/aws-error.ts';
import { hostingOperations } from '../../../src/api/sagemaker/hosting-operations.ts';
import type { SageMaker } from '../../../src/api/sagemaker/sagemaker.ts';
import { type Emulator, openEmulator } from '../../../src/emulator.ts';
import { Endpoints } from '../../../src/endpoints/endpoints.ts';
import { Scope } from '../../../src/scope.ts';
import { neverStopped } from '../../../src/stop.ts';
import { FakeEngine, serving } from '../../support/fake-engine.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

type Name = keyof typeof hostingOperations;

const account = { region: 'us-east-1', account: '000000000000' };
const arn = (kind: string, name: string): string => `arn:aws:sagemaker:us-east-1:000000000000:${kind}/${name}`;
const ExecutionRoleArn = 'arn:aws:iam::000000000000:role/r';
const variant = { VariantName: 'a', ModelName: 'Model', InstanceType: 'ml.m5.large', InitialInstanceCount: 1 };
const model = { ModelName: 'Model', PrimaryContainer: { Image: 'one' }, ExecutionRoleArn };
const config = { EndpointConfigName: 'Config', ProductionVariants: [variant] };
const endpoint = { EndpointName: 'Demo', EndpointConfigName: 'Config' };

describe('operations on models, endpoint configurations and endpoints', function () {
  this.timeout(20_000);
  let scope: Scope;
  let home: string;
  let engine: FakeEngine;
  let emulator: Emulator;
  let sagemaker: SageMaker & { readonly endpoints: Endpoints };
  let tags: Map<string, readonly Tag[]>;
  let warnings: string[];
  /** What endpoints were, one after the other. */
  let statuses: string[];
  let seconds: number;

  beforeEach(async () => {
    scope = new Scope();
    home = join(scope.use(await temporaryDirectory()).path, 'home');
    const echo = serving((request, response) => void request.resume().on('end', () => response.end('one')));
    engine = scope.use(new FakeEngine({ images: { one: echo } }));
    tags = new Map();
    warnings = [];
    statuses = [];
    seconds = 1_767_323_045;
    sagemaker = await opened();
  });
  afterEach(() => scope[Symbol.asyncDispose]());

  /** As a process has it: another one has the same home. */
  async function opened(): Promise<typeof sagemaker> {
    const now = (): Date => {
      seconds += 1;
      return new Date(seconds * 1000);
    };
    emulator = scope.use(await openEmulator({ home, engine, credentials: { source: 'environment' }, now }));
    const endpoints = scope.use(
      new Endpoints(emulator, {
        setting: { limits: { 'stop-grace': 1 }, startAttempts: 1, pace: 0.01 },
        observer: { event: (told) => void (told.event === 'status' && statuses.push(told.status)), log() {} },
        stops: neverStopped,
        url: 'http://x',
        isLasting: true,
      }),
    );
    const keep = {
      put: async (of: string, all: readonly Tag[]) => void tags.set(of, all),
      forget: async (of: string) => void tags.delete(of),
    };
    return { endpoints, tags: keep, warn: (message: string) => void warnings.push(message) } as unknown as SageMaker;
  }

  const call = async (name: Name, input: object): Promise<Record<string, unknown>> =>
    ((await hostingOperations[name](sagemaker, input, account)) ?? {}) as Record<string, unknown>;
  const refusal = async (name: Name, input: object): Promise<string> => {
    const error = await call(name, input).then(
      () => assert.fail(`${name} was not refused`),
      (reason: unknown) => awsErrorOf(reason),
    );
    assert.equal(error.status, 400);
    return `${error.type}: ${error.message}`;
  };
  const createAll = async (): Promise<void> => {
    await call('CreateModel', model);
    await call('CreateEndpointConfig', config);
    await call('CreateEndpoint', endpoint);
  };
  const inService = async (): Promise<void> => void (await sagemaker.endpoints.endpoints[0]?.launched);

  it('answer with ARNs whose names are in lower case, and keep names as they are', async () => {
    assert.deepEqual(await call('CreateModel', model), { ModelArn: arn('model', 'model') });
    assert.deepEqual(await call('CreateEndpointConfig', config), { EndpointConfigArn: arn('endpoint-config', 'config') });
    assert.deepEqual(await call('CreateEndpoint', endpoint), { EndpointArn: arn('endpoint', 'demo') });
    await inService();
    const described = await call('DescribeEndpoint', { EndpointName: 'Demo' });
    assert.deepEqual([described.EndpointName, described.EndpointArn], ['Demo', arn('endpoint', 'demo')]);
    assert.equal(described.EndpointStatus, 'InService');
  });

  it('describe what was asked for: absent sections stay absent, nulls and unknown members are gone', async () => {
    await call('CreateModel', { ...model, VpcConfig: null, Colour: 'red', PrimaryContainer: { Image: 'one', Shape: 'round', Mode: null } });
    const { CreationTime, ...described } = await call('DescribeModel', { ModelName: 'Model' });
    assert.ok(CreationTime instanceof Date);
    assert.deepEqual(described, { ...model, ModelArn: arn('model', 'model') });
    await call('CreateEndpointConfig', { ...config, Tags: [{ Key: 'k', Value: 'v' }] });
    const { CreationTime: _time, ...configured } = await call('DescribeEndpointConfig', { EndpointConfigName: 'Config' });
    assert.deepEqual(configured, { ...config, EndpointConfigArn: arn('endpoint-config', 'config') });
  });

  it('tell of unknown members once', async () => {
    await call('CreateModel', { ...model, Colour: 'red' });
    await call('CreateModel', { ...model, ModelName: 'other', Colour: 'blue' });
    assert.deepEqual(warnings, ['Ignored, since SageMaker does not have it (CreateModel): Colour.']);
  });

  it('refuse in the words of the service', async () => {
    const golden: readonly (readonly [Name, object, string])[] = [
      ['DescribeModel', { ModelName: 'none' }, `ValidationException: Could not find model "${arn('model', 'none')}".`],
      ['DeleteModel', { ModelName: 'None' }, `ValidationException: Could not find model "${arn('model', 'none')}".`],
      [
        'CreateEndpointConfig',
        { ...config, EndpointConfigName: 'x', ProductionVariants: [{ ...variant, ModelName: 'no' }] },
        `ValidationException: Could not find model "${arn('model', 'no')}".`,
      ],
      [
        'DescribeEndpointConfig',
        { EndpointConfigName: 'none' },
        `ValidationException: Could not find endpoint configuration "${arn('endpoint-config', 'none')}".`,
      ],
      [
        'CreateEndpoint',
        { EndpointName: 'x', EndpointConfigName: 'none' },
        `ValidationException: Could not find endpoint configuration "${arn('endpoint-config', 'none')}".`,
      ],
      ['DescribeEndpoint', { EndpointName: 'none' }, `ValidationException: Could not find endpoint "${arn('endpoint', 'none')}".`],
      ['DeleteEndpoint', { EndpointName: 'none' }, `ValidationException: Could not find endpoint "${arn('endpoint', 'none')}".`],
      [
        'UpdateEndpoint',
        { EndpointName: 'none', EndpointConfigName: 'Config' },
        `ValidationException: Could not find endpoint "${arn('endpoint', 'none')}".`,
      ],
      ['CreateModel', model, `ValidationException: Cannot create already existing model "${arn('model', 'model')}".`],
      [
        'CreateEndpointConfig',
        config,
        `ValidationException: Cannot create already existing endpoint configuration "${arn('endpoint-config', 'config')}".`,
      ],
      ['CreateEndpoint', endpoint, `ValidationException: Cannot create already existing endpoint "${arn('endpoint', 'demo')}".`],
      [
        'DescribeModel',
        { ModelName: 'a_b' },
        "ValidationException: 1 validation error detected: Value 'a_b' at 'modelName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9]([\\-a-zA-Z0-9]*[a-zA-Z0-9])?",
      ],
      [
        'DescribeEndpoint',
        {},
        "ValidationException: 1 validation error detected: Value null at 'endpointName' failed to satisfy constraint: Member must not be null",
      ],
      [
        'ListEndpoints',
        { MaxResults: 101, SortBy: 'Colour' },
        "ValidationException: 2 validation errors detected: Value 'Colour' at 'sortBy' failed to satisfy constraint: Member must satisfy enum value set: [Name, CreationTime, Status]; Value '101' at 'maxResults' failed to satisfy constraint: Member must have value less than or equal to 100",
      ],
      [
        'ListModels',
        { MaxResults: 0 },
        "ValidationException: 1 validation error detected: Value '0' at 'maxResults' failed to satisfy constraint: Member must have value greater than or equal to 1",
      ],
      [
        'DeleteEndpointConfig',
        { EndpointConfigName: 'x'.repeat(64) },
        `ValidationException: 1 validation error detected: Value '${'x'.repeat(64)}' at 'endpointConfigName' failed to satisfy constraint: Member must have length less than or equal to 63`,
      ],
    ];
    await createAll();
    const said = [];
    for (const [name, input] of golden) said.push(await refusal(name, input));
    assert.deepEqual(
      said,
      golden.map(([, , words]) => words),
    );
  });

  it('take names that differ in case only for the same, and find things by their exact name', async () => {
    await createAll();
    assert.match(await refusal('CreateModel', { ...model, ModelName: 'MODEL' }), /already existing model/);
    assert.match(await refusal('CreateEndpointConfig', { ...config, EndpointConfigName: 'CONFIG' }), /already existing endpoint config/);
    assert.match(await refusal('CreateEndpoint', { ...endpoint, EndpointName: 'DEMO' }), /already existing endpoint/);
    assert.match(await refusal('DescribeModel', { ModelName: 'model' }), /Could not find model/);
    assert.match(await refusal('DescribeEndpoint', { EndpointName: 'demo' }), /Could not find endpoint/);
  });

  it('create one of several at once', async () => {
    const outcomes = await Promise.allSettled(['Model', 'model', 'MODEL'].map((ModelName) => call('CreateModel', { ...model, ModelName })));
    assert.deepEqual(outcomes.map(({ status }) => status).sort(), ['fulfilled', 'rejected', 'rejected']);
    await call('CreateEndpointConfig', { ...config, ProductionVariants: [{ ...variant, ModelName: (await onlyModel()).ModelName }] });
    const endpoints = await Promise.allSettled(
      ['Demo', 'Demo', 'demo'].map((EndpointName) => call('CreateEndpoint', { ...endpoint, EndpointName })),
    );
    assert.deepEqual(endpoints.map(({ status }) => status).sort(), ['fulfilled', 'rejected', 'rejected']);
  });

  const onlyModel = async (): Promise<{ ModelName: string }> => {
    const { Models } = await call('ListModels', {});
    assert.ok(Array.isArray(Models) && Models.length === 1);
    return Models[0];
  };

  it('list the latest first, ten a page, with filters and orders', async () => {
    for (let index = 0; index < 12; index += 1) await call('CreateModel', { ...model, ModelName: `m-${String(index).padStart(2, '0')}` });
    const namesOf = ({ Models }: Record<string, unknown>): string[] =>
      (Models as { ModelName: string }[]).map(({ ModelName }) => ModelName);
    const first = await call('ListModels', {});
    assert.deepEqual(namesOf(first).slice(0, 2), ['m-11', 'm-10']);
    assert.equal(namesOf(first).length, 10);
    const second = await call('ListModels', { NextToken: first.NextToken });
    assert.deepEqual(namesOf(second), ['m-01', 'm-00']);
    assert.ok(!('NextToken' in second));
    assert.deepEqual(namesOf(await call('ListModels', { NameContains: '-1', SortBy: 'Name', SortOrder: 'Ascending' })), ['m-10', 'm-11']);
    const [{ CreationTime }] = (await call('ListModels', { NameContains: 'm-05' })).Models as [{ CreationTime: Date }];
    const since = { CreationTimeAfter: CreationTime.getTime() / 1000, SortOrder: 'Ascending', MaxResults: 1 };
    assert.deepEqual(namesOf(await call('ListModels', since)), ['m-06']);
    assert.match(await refusal('ListModels', { NextToken: first.NextToken, NameContains: 'm' }), /NextToken/);
    assert.match(await refusal('ListModels', { NextToken: 'none' }), /NextToken/);
  });

  it('list endpoints by status', async () => {
    await createAll();
    await inService();
    const { Endpoints: all } = await call('ListEndpoints', { StatusEquals: 'InService' });
    assert.deepEqual(Object.keys((all as object[])[0] ?? {}).sort(), [
      ...['CreationTime', 'EndpointArn', 'EndpointName', 'EndpointStatus', 'LastModifiedTime'],
    ]);
    assert.deepEqual(await call('ListEndpoints', { StatusEquals: 'Failed' }), { Endpoints: [] });
  });

  it('keep models and configurations for the next process, and forget them when they are deleted', async () => {
    await call('CreateModel', model);
    await call('CreateEndpointConfig', config);
    const before = await call('DescribeModel', { ModelName: 'Model' });
    sagemaker = await opened();
    assert.deepEqual(await call('DescribeModel', { ModelName: 'Model' }), before);
    await call('DeleteModel', { ModelName: 'Model' }); // its users do not matter
    await call('DeleteEndpointConfig', { EndpointConfigName: 'Config' });
    sagemaker = await opened();
    assert.deepEqual(await call('ListModels', {}), { Models: [] });
    assert.match(await refusal('DescribeEndpointConfig', { EndpointConfigName: 'Config' }), /Could not find endpoint configuration/);
  });

  it('refuse to create or update with a configuration whose model is gone', async () => {
    await createAll();
    await inService();
    await call('DeleteModel', { ModelName: 'Model' });
    assert.match(await refusal('CreateEndpoint', { ...endpoint, EndpointName: 'other' }), /Could not find model/);
    assert.match(await refusal('UpdateEndpoint', endpoint), /Could not find model/);
  });

  it('answer to UpdateEndpoint and DeleteEndpoint at once, and show Updating and Deleting until that is over', async () => {
    await createAll();
    assert.match(await refusal('DeleteEndpoint', { EndpointName: 'Demo' }), /Cannot update in-progress endpoint/);
    await inService();
    assert.deepEqual(await call('UpdateEndpoint', endpoint), { EndpointArn: arn('endpoint', 'demo') });
    while ((await call('DescribeEndpoint', { EndpointName: 'Demo' })).EndpointStatus === 'Updating') await turn();
    assert.deepEqual(statuses, ['Creating', 'InService', 'Updating', 'InService']);
    const weights = [{ VariantName: 'a', DesiredWeight: 3 }];
    await call('UpdateEndpointWeightsAndCapacities', { EndpointName: 'Demo', DesiredWeightsAndCapacities: weights });
    while ((await call('DescribeEndpoint', { EndpointName: 'Demo' })).EndpointStatus === 'Updating') await turn();
    const { ProductionVariants } = await call('DescribeEndpoint', { EndpointName: 'Demo' });
    assert.equal((ProductionVariants as { CurrentWeight: number }[])[0]?.CurrentWeight, 3);
    const deleted = call('DeleteEndpoint', { EndpointName: 'Demo' });
    await call('DeleteEndpoint', { EndpointName: 'Demo' }); // twice is no error
    await deleted;
    assert.equal(statuses.at(-1), 'Deleting');
    while (((await call('ListEndpoints', {})).Endpoints as unknown[]).length > 0) await turn();
    assert.match(await refusal('DescribeEndpoint', { EndpointName: 'Demo' }), /Could not find endpoint/);
    assert.deepEqual(engine.left(), []);
  });

  it('delete an endpoint that has failed', async () => {
    await call('CreateModel', { ...model, PrimaryContainer: { Image: 'gone' } });
    await call('CreateEndpointConfig', config);
    await call('CreateEndpoint', endpoint);
    await inService();
    const { EndpointStatus, FailureReason } = await call('DescribeEndpoint', { EndpointName: 'Demo' });
    assert.equal(EndpointStatus, 'Failed');
    assert.match(String(FailureReason), /gone/);
    await call('DeleteEndpoint', { EndpointName: 'Demo' });
    while (((await call('ListEndpoints', {})).Endpoints as unknown[]).length > 0) await turn();
  });

  it('keep the tags of what is created, and forget them with it', async () => {
    const Tags = [{ Key: 'team', Value: 'a' }];
    await call('CreateModel', { ...model, Tags });
    await call('CreateEndpointConfig', config);
    await call('CreateEndpoint', { ...endpoint, Tags });
    await inService();
    assert.deepEqual(
      tags,
      new Map([
        ...[arn('model', 'model'), arn('endpoint', 'demo')].map((of) => [of, Tags] as const),
        [arn('endpoint-config', 'config'), []],
      ]),
    );
    assert.deepEqual(
      warnings.filter((message) => /Tags/.test(message)),
      [],
    );
    await call('DeleteModel', { ModelName: 'Model' });
    await call('DeleteEndpointConfig', { EndpointConfigName: 'Config' });
    await call('DeleteEndpoint', { EndpointName: 'Demo' });
    assert.deepEqual([...tags.keys()], []);
  });

  it('create in less than 20 ms at the median, whatever the engine does meanwhile', async () => {
    const times: number[] = [];
    const timed = async (name: Name, input: object): Promise<void> => {
      const from = performance.now();
      await call(name, input);
      times.push(performance.now() - from);
    };
    engine.images.ensure = () => new Promise(() => {});
    for (let index = 0; index < 10; index += 1) {
      await timed('CreateModel', { ...model, ModelName: `Model-${index}` });
      await timed('CreateEndpointConfig', {
        EndpointConfigName: `c-${index}`,
        ProductionVariants: [{ ...variant, ModelName: `Model-${index}` }],
      });
      await timed('CreateEndpoint', { EndpointName: `e-${index}`, EndpointConfigName: `c-${index}` });
    }
    times.sort((one, other) => one - other);
    assert.ok((times[times.length >> 1] ?? 0) < 20, times.map(Math.round).join());
  });
});

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
