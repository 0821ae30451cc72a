import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import {
  CreateEndpointCommand,
  CreateEndpointConfigCommand,
  CreateModelCommand,
  SageMakerClient,
  waitUntilEndpointInService,
} from '@aws-sdk/client-sagemaker';
import { InvokeEndpointCommand, SageMakerRuntimeClient } from '@aws-sdk/client-sagemaker-runtime';
import { Network } from 'testcontainers';
import { SageMakerLocal } from '../../src/testcontainers/index.ts';
import { eventually } from '../support/containers.ts';
import { withLeftoverCheck } from '../support/leftovers.ts';
import { fixtureImage, fixtureTag } from '../support/real-engine.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { startDatabase, withoutReaper } from '../support/testcontainers.ts';

describe('SageMakerLocal', function () {
  this.timeout(60_000);
  withLeftoverCheck();
  withoutReaper();
  before(() => fixtureImage('serve-fetches'));

  it('is the whole API, whose containers are in the networks of the user', async () => {
    await using directory = await temporaryDirectory();
    await mkdir(join(directory.path, 'data'));
    await writeFile(join(directory.path, 'data/a.csv'), '1,2\n');
    await using network = await new Network().start();
    await using db = await startDatabase(network);
    const printed: string[] = [];
    await using aws = await new SageMakerLocal()
      .withBuckets({ mine: join(directory.path, 'data') })
      .withNetwork(network)
      .withExtraHosts([{ host: 'by-address', ipAddress: db.getIpAddress(network.getName()) }])
      .withLogConsumer((stream) => stream.on('data', (line: string) => printed.push(line)))
      .start();
    const [sagemaker, runtime, s3] = [
      new SageMakerClient(aws.clientConfig),
      new SageMakerRuntimeClient(aws.clientConfig),
      new S3Client(aws.s3ClientConfig),
    ];
    const object = await s3.send(new GetObjectCommand({ Bucket: 'mine', Key: 'a.csv' }));
    assert.equal(await object.Body?.transformToString(), '1,2\n');
    const name = 'local';
    const role = 'arn:aws:iam::000000000000:role/sm-local';
    const primary = { Image: fixtureTag('serve-fetches') };
    await sagemaker.send(new CreateModelCommand({ ModelName: name, ExecutionRoleArn: role, PrimaryContainer: primary }));
    const variant = { VariantName: 'AllTraffic', ModelName: name, InstanceType: 'ml.m5.large', InitialInstanceCount: 1 } as const;
    await sagemaker.send(new CreateEndpointConfigCommand({ EndpointConfigName: name, ProductionVariants: [variant] }));
    await sagemaker.send(new CreateEndpointCommand({ EndpointName: name, EndpointConfigName: name }));
    await waitUntilEndpointInService({ client: sagemaker, maxWaitTime: 30, minDelay: 1, maxDelay: 1 }, { EndpointName: name });
    const answer = await runtime.send(new InvokeEndpointCommand({ EndpointName: name, Body: 'http://db:5432/rows' }));
    assert.equal(answer.Body.transformToString(), '42\n');
    const byAddress = await runtime.send(new InvokeEndpointCommand({ EndpointName: name, Body: 'http://by-address:5432/rows' }));
    assert.equal(byAddress.Body.transformToString(), '42\n');
    await eventually(async () => printed.includes('fetching http://by-address:5432/rows\n'), 'the consumer gets the last line');
    assert.equal(aws.environment.AWS_ENDPOINT_URL, aws.getUrl());
    for (const client of [sagemaker, runtime, s3]) client.destroy();
  });

  it('is of the account and the region that it is given, here or in a project file', async () => {
    await using directory = await temporaryDirectory();
    await writeFile(join(directory.path, 'sm-local.yaml'), 'account: "111122223333"\nregion: eu-west-1\n');
    await using aws = await new SageMakerLocal().withProject(directory.path).withRegion('eu-west-3').start();
    assert.deepEqual([aws.emulator.account, aws.emulator.region, aws.clientConfig.region], ['111122223333', 'eu-west-3', 'eu-west-3']);
    await using other = await new SageMakerLocal().withProject(directory.path).withAccount('444455556666').start();
    assert.deepEqual([other.emulator.account, other.emulator.region], ['444455556666', 'eu-west-1']);
  });
});
