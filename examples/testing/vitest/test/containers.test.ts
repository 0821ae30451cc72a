import { SageMakerRuntimeClient } from '@aws-sdk/client-sagemaker-runtime';
import { SageMakerEndpointContainer } from 'sm-local/testcontainers';
import { expect, inject, it } from 'vitest';
import { speciesOf } from '../species.ts';
import { iris } from './iris.ts';

it('an endpoint is a container among others of testcontainers', async () => {
  await using endpoint = await new SageMakerEndpointContainer(iris.image)
    .withBuildArgs({ BASE_IMAGE: iris.buildArg.BASE_IMAGE ?? 'python:3.11-slim' })
    .withModel(inject('job').files.model ?? '')
    .start();
  const client = new SageMakerRuntimeClient(endpoint.clientConfig);
  expect(await speciesOf(client, endpoint.getName(), [6.5, 3, 5.8, 2.2])).toBe('virginica');
});
