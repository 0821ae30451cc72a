import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { startServer } from '../../src/api/server.ts';
import { limitsOf } from '../../src/contract/limits.ts';
import { Endpoint } from '../../src/hosting/endpoint.ts';
import { invocationHandler } from '../../src/hosting/invoke.ts';
import { planVariant } from '../../src/hosting/plan.ts';
import { Scope } from '../../src/scope.ts';
import { sayNotRun } from '../support/private-engine.ts';
import { runProgram } from '../support/programs.ts';
import { fixtureImage, testEngine, testLabels } from '../support/real-engine.ts';
import { endpointOptions } from './endpoint-options.ts';

/** Prints what AWS's own client for Python makes of a stream, one JSON value a line: the answer, each part, what ended it. */
const program = `
import json, sys
import boto3
from botocore.exceptions import EventStreamError

client = boto3.client("sagemaker-runtime", endpoint_url=sys.argv[1], region_name="us-east-1",
                      aws_access_key_id="any", aws_secret_access_key="any")
answer = client.invoke_endpoint_with_response_stream(EndpointName="demo", Body=b"x", Accept="text/plain", CustomAttributes="trace=1")
print(json.dumps([answer["InvokedProductionVariant"], answer.get("CustomAttributes"), answer.get("ContentType")]))
try:
    for event in answer["Body"]:
        print(json.dumps(event["PayloadPart"]["Bytes"].decode()))
except EventStreamError as error:
    print(json.dumps(error.response["Error"]))
`;

/** Older ones do not know the operation. */
function hasClient(): boolean {
  const look = 'import boto3; boto3.client("sagemaker-runtime", region_name="us-east-1").invoke_endpoint_with_response_stream';
  try {
    execFileSync('python3', ['-c', look], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

if (!hasClient()) sayNotRun('streams read by AWS’s client for Python', 'python3 has no boto3 that can read them');
else {
  describe('a stream of a real container, read by AWS’s client for Python', function () {
    this.timeout(60_000);
    let scope: Scope;
    beforeEach(() => {
      scope = new Scope();
    });
    afterEach(() => scope[Symbol.asyncDispose]());

    const streamOf = async (fixture: string): Promise<readonly unknown[]> => {
      const { id } = await fixtureImage(fixture);
      const account = { region: 'us-east-1', account: '123456789012' };
      const parts = { image: id, environment: {}, region: account.region, isNetworkIsolated: false, mounts: [], labels: testLabels };
      const limits = limitsOf('serving');
      const variants = [planVariant({ ...parts, limits })];
      const endpoint = new Endpoint(testEngine(), 'demo', async () => ({ configName: 'demo', variants }), endpointOptions);
      scope.defer(() => endpoint.stop(AbortSignal.abort()));
      assert.equal(await endpoint.launched, 'InService');
      const endpoints = () => [endpoint];
      const { url } = scope.use(
        await startServer({ port: 0, invocations: invocationHandler({ ...account, endpoints, limits }), endpoints }),
      );
      const printed = await runProgram('python3', ['-c', program, url]);
      return printed
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line));
    };

    it('is a part for each of its chunks', async () => {
      const [head, ...parts] = await streamOf('serve-chunked');
      assert.deepEqual(head, ['AllTraffic', null, null]);
      assert.deepEqual(parts, ['chunk 0\n', 'chunk 1\n', 'chunk 2\n', 'chunk 3\n', 'chunk 4\n']);
    });

    it('brings its content type and what it says to Accept', async () => {
      const [head, ...parts] = await streamOf('serve-echo');
      assert.deepEqual(head, ['AllTraffic', 'trace=1', 'application/json']);
      const seen = JSON.parse(parts.join('')) as { headers: readonly (readonly [string, string])[] };
      assert.deepEqual(
        seen.headers.find(([name]) => name.toLowerCase() === 'accept'),
        ['Accept', 'text/plain'],
      );
    });

    it('ends with a ModelStreamError when the container does not finish it', async () => {
      const [_head, part, error] = await streamOf('serve-half-body');
      assert.equal(part, 'half');
      assert.equal((error as { Code: string }).Code, 'ModelStreamError');
    });
  });
}
