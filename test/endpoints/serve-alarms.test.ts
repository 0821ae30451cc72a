import assert from 'node:assert/strict';
import { join } from 'node:path';
import { openEmulator } from '../../src/emulator.ts';
import { type Served, type ServeSpec, serve } from '../../src/endpoints/serve.ts';
import { isError } from '../../src/errors.ts';
import { Scope } from '../../src/scope.ts';
import { neverStopped } from '../../src/stop.ts';
import { alarm } from '../support/alarm.ts';
import { FakeEngine, serving } from '../support/fake-engine.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

describe('alarms among the requests', () => {
  let scope: Scope;
  let warnings: string[];
  beforeEach(() => {
    [scope, warnings] = [new Scope(), []];
  });
  afterEach(() => scope[Symbol.asyncDispose]());

  const start = async (changes: Partial<ServeSpec['requests']> = {}): Promise<Served> => {
    const home = join(scope.use(await temporaryDirectory()).path, 'home');
    const engine = scope.use(new FakeEngine({ images: { image: serving((_, response) => void response.end()) } }));
    const emulator = scope.use(await openEmulator({ home, engine, credentials: { source: 'environment' } }));
    const requests = {
      models: [{ ModelName: 'm', PrimaryContainer: { Image: 'image' }, ExecutionRoleArn: 'arn:aws:iam::000000000000:role/r' }],
      endpointConfigs: [
        {
          EndpointConfigName: 'c',
          ProductionVariants: [
            { VariantName: 'AllTraffic', ModelName: 'm', InstanceType: 'ml.m5.large' as const, InitialInstanceCount: 1 },
          ],
        },
      ],
      endpoints: [{ EndpointName: 'demo', EndpointConfigName: 'c' }],
      ...changes,
    };
    const observer = { event: (event: object) => void ('message' in event && warnings.push(String(event.message))), log() {} };
    const spec = { requests, setting: { limits: {}, startAttempts: 1, pace: 0.001 }, port: 0, isRaw: false };
    return scope.use(await serve(emulator, spec, observer, neverStopped));
  };
  const guardedBy = (AlarmName: string) => ({ AutoRollbackConfiguration: { Alarms: [{ AlarmName }] } });

  it('guard deployments, and others are refused by name', async () => {
    const { operations, alarms } = await start({ alarms: [alarm()] });
    assert.equal(alarms?.describe('errors').state, 'INSUFFICIENT_DATA');
    const update = async (name: string): Promise<void> => {
      await (await operations.updateEndpoint({ EndpointName: 'demo', EndpointConfigName: 'c', DeploymentConfig: guardedBy(name) })).over;
    };
    await assert.rejects(
      update('eros'),
      (error) => isError(error, 'InvalidRequest') && /names what does not exist: eros/.test(error.message),
    );
    await assert.rejects(
      operations.createEndpoint({ EndpointName: 'other', EndpointConfigName: 'c', DeploymentConfig: guardedBy('eros') }),
      (error) => isError(error, 'InvalidRequest'),
    );
    await update('errors');
    assert.equal(operations.endpoints[0]?.failure, undefined);
  });

  it('that are none leave every name free', async () => {
    const { operations, alarms } = await start();
    assert.equal(alarms, undefined);
    await (await operations.updateEndpoint({ EndpointName: 'demo', EndpointConfigName: 'c', DeploymentConfig: guardedBy('any') })).over;
  });

  it('are told of where they mean something else than in the cloud', async () => {
    await start({ alarms: [alarm({ AlarmActions: ['arn:aws:sns:us-east-1:000000000000:topic'] })] });
    assert.ok(
      warnings.some((message) => /PutMetricAlarm of errors\): AlarmActions/.test(message)),
      warnings.join(),
    );
  });
});
