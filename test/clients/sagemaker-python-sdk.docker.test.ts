import assert from 'node:assert/strict';
import { join } from 'node:path';
import { pythonsWithBoto } from '../support/aws-programs.ts';
import { irisImage, removeIrisImage } from '../support/iris-image.ts';
import { runProgram } from '../support/programs.ts';
import { leftOf, projectRoot, readFixture } from '../support/real-engine.ts';
import { type Answer, Replay, recordings } from '../support/recording.ts';
import { startUp, type Up } from '../support/up.ts';

/** What the SDK reads without asking whether it is there. Source: its session.py, estimator.py, base_predictor.py, analytics.py. */
const indexed: Readonly<Record<string, readonly string[]>> = {
  CreateTrainingJob: ['TrainingJobArn'],
  DescribeTrainingJob: [
    ...['TrainingJobName', 'TrainingJobArn', 'TrainingJobStatus', 'SecondaryStatus', 'CreationTime', 'LastModifiedTime', 'RoleArn'],
    ...['Status', 'StatusMessage', 'StartTime'].map((member) => `SecondaryStatusTransitions.0.${member}`),
    ...['InstanceCount', 'InstanceType', 'VolumeSizeInGB'].map((member) => `ResourceConfig.${member}`),
    ...['TrainingInputMode', 'TrainingImage'].map((member) => `AlgorithmSpecification.${member}`),
    ...['S3OutputPath', 'KmsKeyId'].map((member) => `OutputDataConfig.${member}`),
    ...[
      'ModelArtifacts.S3ModelArtifacts',
      'StoppingCondition.MaxRuntimeInSeconds',
      'EnableNetworkIsolation',
      'InputDataConfig.0.ChannelName',
    ],
  ],
  DescribeLogStreams: ['logStreams.0.logStreamName'],
  GetLogEvents: ['events', 'nextForwardToken'],
  GetMetricStatistics: ['Datapoints.0.Average', 'Datapoints.0.Timestamp'],
  CreateModel: ['ModelArn'],
  CreateEndpointConfig: ['EndpointConfigArn'],
  DescribeEndpointConfig: [
    'EndpointConfigArn',
    ...['VariantName', 'ModelName', 'InstanceType', 'InitialInstanceCount'].map((member) => `ProductionVariants.0.${member}`),
  ],
  CreateEndpoint: ['EndpointArn'],
  UpdateEndpoint: ['EndpointArn'],
  DescribeEndpoint: ['EndpointName', 'EndpointArn', 'EndpointStatus', 'EndpointConfigName'],
  ListTags: ['Tags'],
};

/** What `Predictor.update_endpoint` would hand back to CreateEndpointConfig, where boto3 refuses it half empty. */
const absent: Readonly<Record<string, readonly string[]>> = {
  DescribeEndpointConfig: ['DataCaptureConfig', 'KmsKeyId', 'AsyncInferenceConfig', 'ExplainerConfig', 'ShadowProductionVariants'],
};

/** What each flow is for. */
const outcomes: Readonly<Record<string, (answers: readonly Answer[]) => void>> = {
  data: (answers) => {
    assert.equal(answers.at(-1)?.body, readExample('data/train/iris.csv'));
    assert.match(answers[3]?.body ?? '', /<Key>iris\/train\/iris\.csv<\/Key>/);
  },
  'fit-with-logs': (answers) => {
    const events = answers.find(({ operation }) => operation === 'GetLogEvents')?.member('events') as { message: string }[];
    assert.ok(events.some(({ message }) => message.startsWith('epoch=20; ')));
    assert.equal(answers.findLast(({ operation }) => operation === 'GetLogEvents')?.member('events.length'), 0, 'the end of the stream');
  },
  deploy: (answers) => {
    for (const { body } of answers.slice(-2)) assert.match(body, /setosa.*versicolor.*virginica/);
  },
  tags: (answers) => assert.deepEqual(answers.at(-1)?.member('Tags'), [{ Key: 'project', Value: 'iris' }]),
  role: (answers) => {
    assert.match(answers[0]?.body ?? '', /<Arn>arn:aws:sts::000000000000:assumed-role\/sm-local\/[^<]+<\/Arn>/);
    assert.match(answers[1]?.body ?? '', /<Arn>arn:aws:iam::000000000000:role\/sm-local<\/Arn>/);
  },
};

const readExample = (path: string): string => readFixture(`../examples/iris/${path}`);

describe('the SageMaker Python SDK', function () {
  this.timeout(60_000);
  let image: string;
  before(async () => {
    image = await irisImage();
  });
  after(removeIrisImage);

  describe('as recorded', () => {
    let up: Up;
    let replay: Replay;
    before(async () => {
      up = await startUp('--limit', 'stop-grace=1s');
      const seconds = Math.floor(Date.now() / 1000);
      replay = new Replay(up.url, { image, 'some minutes ago': seconds - 300, 'in a minute': seconds + 60 });
    });
    after(async () => {
      await up[Symbol.asyncDispose]();
      assert.deepEqual(await leftOf(up.home), [], 'nothing is left in the engine');
    });

    // In order: each builds on what those before it have left.
    for (const [flow, exchanges] of recordings('sagemaker-python-sdk')) {
      it(flow, async () => {
        const answers: Answer[] = [];
        for (const exchange of exchanges) {
          const answer = await replay.ask(exchange);
          const { operation, expected, status, body, member } = answer;
          assert.equal(status, expected.status, `${operation}: ${body}`);
          for (const [name, value] of Object.entries(expected.saw ?? {})) assert.equal(member(name), value, `${operation}: ${name}`);
          for (const path of indexed[operation] ?? []) assert.notEqual(member(path), undefined, `${operation}: ${path} in ${body}`);
          for (const path of absent[operation] ?? []) assert.equal(member(path), undefined, `${operation}: ${path} in ${body}`);
          answers.push(answer);
        }
        outcomes[flow]?.(answers);
      });
    }
  });

  const source = process.env.SM_LOCAL_TEST_SAGEMAKER_SDK;
  if (source !== undefined)
    it('itself, from its source', async function () {
      this.timeout(600_000); // it sleeps for 30 seconds before it looks whether an endpoint is there
      const [, python = 'python3'] = pythonsWithBoto()[0] ?? [];
      await using up = await startUp('--limit', 'stop-grace=1s');
      const settings = Object.entries({ ...(await up.environment()), IMAGE: image }).map(([name, value]) => `${name}=${value}`);
      const flows = join(projectRoot, 'scripts/sagemaker-python-sdk/flows.py');
      await runProgram('env', [...settings, python, flows, source]);
    });
});
