import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import type { RequestListener } from 'node:http';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { CreateTrainingJobRequest } from '@aws-sdk/client-sagemaker';
import { callerOf, signatureOf } from '../../src/api/caller.ts';
import type { Callback } from '../../src/contract/callback.ts';
import { type Emulator, openEmulator } from '../../src/emulator.ts';
import { Endpoints } from '../../src/endpoints/endpoints.ts';
import type { TrainingRecord } from '../../src/jobs/record.ts';
import { Scope } from '../../src/scope.ts';
import { neverStopped } from '../../src/stop.ts';
import { readLog } from '../../src/store/log-file.ts';
import { planTraining, train } from '../../src/training-jobs/train.ts';
import { listenForContainers } from '../../src/up/callback.ts';
import { freePort } from '../support/free-port.ts';
import { withLeftoverCheck } from '../support/leftovers.ts';
import { fixtureImage, fixtureTag, testEngine } from '../support/real-engine.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

/** As AWS's clients do it: keys from where the environment says, asked for three times, a request that is signed with them, to where the environment says. */
const callBack = `
import datetime, hashlib, hmac, json, os, sys, time, urllib.error, urllib.request
def open_again(url):
    for attempt in (1, 2, 3):
        try: return urllib.request.urlopen(url, timeout=5)
        except urllib.error.HTTPError: raise
        except OSError: # the process that answered has ended, and the next one follows
            if attempt == 3: raise
            time.sleep(0.2)
found = os.environ.get("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI")
if found:
    with open_again("http://169.254.170.2" + found) as answer: keys = json.load(answer)
else:
    keys = {"AccessKeyId": os.environ.get("AWS_ACCESS_KEY_ID", ""), "SecretAccessKey": os.environ.get("AWS_SECRET_ACCESS_KEY", "")}
def signed(url):
    date = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
    scope = "/".join([date[:8], os.environ["AWS_REGION"], "s3", "aws4_request"])
    request = urllib.request.Request(url + "/bucket/key", headers={"x-amz-date": date})
    text = "\\n".join(["GET", "/bucket/key", "", "host:" + request.host, "x-amz-date:" + date, "", "host;x-amz-date", "UNSIGNED-PAYLOAD"])
    text = "\\n".join(["AWS4-HMAC-SHA256", date, scope, hashlib.sha256(text.encode()).hexdigest()])
    key = ("AWS4" + keys["SecretAccessKey"]).encode()
    for part in scope.split("/"): key = hmac.digest(key, part.encode(), "sha256")
    signature = hmac.digest(key, text.encode(), "sha256").hex()
    request.add_header("Authorization", f"AWS4-HMAC-SHA256 Credential={keys['AccessKeyId']}/{scope}, SignedHeaders=host;x-amz-date, Signature={signature}")
    return request
def ask(url):
    try:
        with urllib.request.urlopen(signed(url), timeout=2) as answer: return json.load(answer)
    except OSError as error: return "unreachable"
given = os.environ.get("AWS_ENDPOINT_URL")
print("TOLD " + json.dumps({"endpoint": given, "answer": ask(given or sys.argv[1])}))
`;

interface Told {
  readonly endpoint: string | null;
  readonly answer: unknown;
}

const toldIn = (text: string): Told => JSON.parse(/TOLD (.*)/.exec(text)?.[1] ?? assert.fail(text)) as Told;

/** Says who asked for what. */
const handler: RequestListener = (request, response) => {
  const { account, region } = callerOf(signatureOf(request), { account: '000000000000', region: 'nowhere' });
  response.end(JSON.stringify({ account, region, path: request.url }));
};

describe('containers that call the API back', function () {
  this.timeout(60_000);
  withLeftoverCheck();
  const account = '111122223333';
  let scope: Scope;
  let root: string;
  let emulator: Emulator;
  let callback: Callback;
  before(() => fixtureImage('probe'));
  beforeEach(async () => {
    scope = new Scope();
    root = scope.use(await temporaryDirectory()).path;
    await mkdir(join(root, 'code'));
    await writeFile(join(root, 'code/ask.py'), callBack);
    emulator = scope.use(await openEmulator({ home: join(root, 'home'), engine: testEngine(), account }));
    const door = await listenForContainers(emulator, { port: await freePort(), handler });
    scope.defer(() => door.close());
    callback = 'url' in door ? door : assert.fail(door.why);
  });
  afterEach(() => scope[Symbol.asyncDispose]());

  const answer = { account, region: 'us-east-1', path: '/bucket/key' };
  const observer = { event() {}, log() {} };

  async function run(changes: Partial<CreateTrainingJobRequest> = {}, InstanceCount = 1): Promise<readonly Told[]> {
    const image = fixtureTag('probe');
    const request: CreateTrainingJobRequest = {
      TrainingJobName: 'job',
      AlgorithmSpecification: {
        TrainingImage: image,
        TrainingInputMode: 'File',
        ContainerEntrypoint: ['python3', '/opt/ml/input/data/code/ask.py', callback.url],
      },
      InputDataConfig: [
        { ChannelName: 'code', DataSource: { S3DataSource: { S3DataType: 'S3Prefix', S3Uri: pathToFileURL(join(root, 'code')).href } } },
      ],
      RoleArn: 'arn:aws:iam::111122223333:role/r',
      OutputDataConfig: { S3OutputPath: pathToFileURL(join(root, 'output')).href },
      ResourceConfig: { InstanceType: 'ml.m5.large', InstanceCount, VolumeSizeInGB: 30 },
      StoppingCondition: { MaxRuntimeInSeconds: 600 },
      ...changes,
    };
    const spec = { request, image: { kind: 'image', reference: image }, options: { stopGrace: 10 } } as const;
    const plan = await planTraining(emulator, spec, observer, neverStopped.stop);
    const record = await train(emulator, plan, observer, neverStopped);
    assert.equal(record.status, 'Completed', record.failureReason);
    return await Promise.all(Object.values(record.files.logs).map(toldInLog));
  }
  const toldInLog = async (path: TrainingRecord['files']['logs'][string]): Promise<Told> => {
    let text = '';
    for await (const { message } of readLog(path)) text += `${message}\n`;
    return toldIn(text);
  };

  it('of a job reach it, with keys that are of its account', async () =>
    assert.deepEqual(await run(), [{ endpoint: callback.url, answer }]));

  it('of a job with several hosts, in a network of its own, reach it from each', async () => {
    const told = { endpoint: callback.url, answer };
    assert.deepEqual(await run({}, 2), [told, told]);
  });

  it('of an isolated job are not told of it, and do not reach it', async () =>
    assert.deepEqual(await run({ EnableNetworkIsolation: true }), [{ endpoint: null, answer: 'unreachable' }]));

  it('keep the endpoint that the user has given them', async () => {
    const mine = 'http://127.0.0.1:9';
    assert.deepEqual(await run({ Environment: { AWS_ENDPOINT_URL: mine } }), [{ endpoint: mine, answer: 'unreachable' }]);
  });

  it('of an endpoint reach it', async () => {
    const endpoints = new Endpoints(emulator, {
      setting: { limits: { 'stop-grace': 5 }, startAttempts: 3 },
      observer,
      stops: neverStopped,
      url: callback.url,
    });
    scope.use(endpoints);
    await endpoints.createModel({
      ModelName: 'probe',
      PrimaryContainer: { Image: fixtureTag('probe') },
      ExecutionRoleArn: 'arn:aws:iam::111122223333:role/r',
    });
    const variant = { VariantName: 'AllTraffic', ModelName: 'probe', InitialInstanceCount: 1, InstanceType: 'ml.m5.large' } as const;
    await endpoints.createEndpointConfig({ EndpointConfigName: 'probe', ProductionVariants: [variant] });
    const { endpoint } = await endpoints.createEndpoint({ EndpointName: 'probe', EndpointConfigName: 'probe' });
    assert.equal(await endpoint.launched, 'InService', endpoint.failure?.reason);
    const [found] = await testEngine().containers.list({ 'sm-local.home': emulator.home.path, 'sm-local.name': 'probe' });
    const container = await testEngine().containers.open(found?.id ?? '');
    const { output = '' } = (await container?.exec(['python3', '-c', callBack])) ?? {};
    assert.deepEqual(toldIn(output), { endpoint: callback.url, answer });
  });
});
