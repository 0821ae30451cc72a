import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import type { SageMaker } from '../../src/api/sagemaker/sagemaker.ts';
import { sagemakerService } from '../../src/api/sagemaker/service.ts';
import type { Caller } from '../../src/api/service.ts';

describe('the control plane of SageMaker', () => {
  /** Asks as `caller` does, of a SageMaker that has nothing. */
  async function ask(caller: Caller, operation: string, input: object, isEnding = false): Promise<string> {
    const sagemaker = () => ({ warn() {} }) as unknown as SageMaker;
    const service = sagemakerService({ sagemaker, isEnding: () => isEnding, onFailure() {} });
    const server = http.createServer((request, response) => void service({ request, response, caller, requestId: 'id' }));
    await once(server.listen(0, '127.0.0.1'), 'listening');
    try {
      const headers = { 'x-amz-target': `SageMaker.${operation}`, 'content-type': 'application/x-amz-json-1.1' };
      const { port } = server.address() as AddressInfo;
      const response = await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', headers, body: JSON.stringify(input) });
      return await response.text();
    } finally {
      server.closeAllConnections();
      server.close();
    }
  }

  const user = { account: '000000000000', region: 'us-east-1' };
  const refused = /names a place on the machine of sm-local/;

  it('keeps code in containers from this machine’s files, and nobody else', async () => {
    const container = { ...user, isContainer: true };
    const capture = { DataCaptureConfig: { DestinationS3Uri: 'file:///root' } };
    assert.match(await ask(container, 'CreateTrainingJob', { OutputDataConfig: { S3OutputPath: '/etc' } }), refused);
    assert.match(await ask(container, 'CreateModel', { PrimaryContainer: { ModelDataUrl: 'file:///root/x' } }), refused);
    assert.match(await ask(container, 'CreateEndpointConfig', capture), refused);
    assert.doesNotMatch(await ask(user, 'CreateEndpointConfig', capture), refused);
    assert.doesNotMatch(await ask(container, 'CreateModel', { PrimaryContainer: { ModelDataUrl: 's3://bucket/x' } }), refused);
  });

  it('begins nothing while it ends', async () => {
    assert.match(await ask(user, 'CreateTrainingJob', {}, true), /ServiceUnavailable/);
    assert.doesNotMatch(await ask(user, 'ListModels', {}, true), /ServiceUnavailable/);
  });
});
