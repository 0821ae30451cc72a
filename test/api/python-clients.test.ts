import assert from 'node:assert/strict';
import { JobMetricSource } from '../../src/api/cloudwatch/job-metrics.ts';
import { cloudWatchService } from '../../src/api/cloudwatch/service.ts';
import { ecrService } from '../../src/api/ecr/service.ts';
import { iamService } from '../../src/api/iam/service.ts';
import { stsService } from '../../src/api/sts/service.ts';
import { MetricAlarms } from '../../src/hosting/metric-alarms.ts';
import { EndpointMetrics } from '../../src/hosting/metrics.ts';
import { Scope } from '../../src/scope.ts';
import { awsCommand, pythonsWithBoto } from '../support/aws-programs.ts';
import { sayNotRun } from '../support/private-engine.ts';
import { runProgram } from '../support/programs.ts';
import { serviceServer } from '../support/service-server.ts';
import { type LogsUnderTest, logsUnderTest, now } from './logs/logs.ts';

/** Prints one JSON object: what AWS's SDK for Python makes of each answer. */
const program = `
import datetime, json, sys
import boto3
from botocore.exceptions import ClientError

urls = json.loads(sys.argv[1])

def client(service, key="test"):
    return boto3.client(service, endpoint_url=urls[service], region_name="us-east-1", aws_access_key_id=key, aws_secret_access_key="test")

def code(call, **request):
    try:
        call(**request)
    except ClientError as error:
        return [error.response["Error"]["Code"], error.response["ResponseMetadata"]["HTTPStatusCode"], error.response["ResponseMetadata"]["RetryAttempts"]]

logs, sts, iam, ecr, watch = (client(service) for service in ("logs", "sts", "iam", "ecr", "cloudwatch"))
found = {}
group = "/aws/sagemaker/TrainingJobs"
pages = logs.get_paginator("describe_log_streams").paginate(logGroupName=group, PaginationConfig={"PageSize": 1})
names = [stream["logStreamName"] for page in pages for stream in page["logStreams"]]
found["streams"] = names
found["events"] = [event["message"] for event in logs.get_log_events(logGroupName=group, logStreamName=names[0], startFromHead=True)["events"]]
found["filtered"] = [event["message"] for page in logs.get_paginator("filter_log_events").paginate(logGroupName=group, filterPattern='"line 1"') for event in page["events"]]
logs.create_log_group(logGroupName="/mine")
logs.create_log_stream(logGroupName="/mine", logStreamName="a/b")
logs.put_log_events(logGroupName="/mine", logStreamName="a/b", logEvents=[{"timestamp": ${now}, "message": "two\\nlines \\u6a21"}])
found["mine"] = logs.get_log_events(logGroupName="/mine", logStreamName="a/b")["events"]
found["missing"] = code(logs.describe_log_streams, logGroupName="none")
found["groups"] = [each["logGroupName"] for each in logs.describe_log_groups()["logGroups"]]
logs.delete_log_group(logGroupName="/mine")

found["identity"] = sts.get_caller_identity()["Arn"]
keys = sts.assume_role(RoleArn="arn:aws:iam::111122223333:role/r", RoleSessionName="me")["Credentials"]
found["expires"] = keys["Expiration"].isoformat()
found["assumed"] = client("sts", keys["AccessKeyId"]).get_caller_identity()["Arn"]
role = iam.get_role(RoleName="Any")["Role"]
found["role"] = [role["Arn"], role["AssumeRolePolicyDocument"]["Statement"][0]["Principal"]]
found["policies"] = iam.list_attached_role_policies(RoleName="Any")["AttachedPolicies"]
found["unserved"] = code(iam.create_user, UserName="x")
found["registry"] = ecr.get_authorization_token()["authorizationData"][0]["proxyEndpoint"]

watch.put_metric_data(Namespace="Mine", MetricData=[{"MetricName": "m", "Dimensions": [{"Name": "n", "Value": "7"}], "Value": 2.5, "Timestamp": ${now / 1000}}])
found["metrics"] = [metric["Dimensions"] for page in watch.get_paginator("list_metrics").paginate(Namespace="Mine") for metric in page["Metrics"]]
start = datetime.datetime.fromtimestamp(${now / 1000}, datetime.timezone.utc)
asked = dict(StartTime=start, EndTime=start + datetime.timedelta(minutes=2))
statistics = watch.get_metric_statistics(Namespace="Mine", MetricName="m", Dimensions=[{"Name": "n", "Value": "7"}], Period=60, Statistics=["Average"], ExtendedStatistics=["p99"], **asked)
found["statistics"] = [[point["Average"], point["ExtendedStatistics"], point["Timestamp"] == start] for point in statistics["Datapoints"]]
query = {"Id": "a", "MetricStat": {"Metric": {"Namespace": "Mine", "MetricName": "m", "Dimensions": [{"Name": "n", "Value": "7"}]}, "Period": 60, "Stat": "Sum"}}
found["data"] = [result["Values"] for result in watch.get_metric_data(MetricDataQueries=[query], **asked)["MetricDataResults"]]
watch.put_metric_alarm(AlarmName="errors", Namespace="AWS/SageMaker", MetricName="Invocation5XXErrors", Dimensions=[{"Name": "EndpointName", "Value": "demo"}, {"Name": "VariantName", "Value": "AllTraffic"}],
                       Statistic="Sum", Period=60, EvaluationPeriods=1, Threshold=1.0, ComparisonOperator="GreaterThanThreshold", ActionsEnabled=False)
watch.set_alarm_state(AlarmName="errors", StateValue="ALARM", StateReason="test")
alarm = watch.describe_alarms(AlarmNames=["errors"])["MetricAlarms"][0]
found["alarm"] = [alarm["StateValue"], alarm["Threshold"], alarm["ActionsEnabled"], alarm["AlarmActions"]]
watch.delete_alarms(AlarmNames=["errors"])
found["noAlarm"] = code(watch.delete_alarms, AlarmNames=["errors"])
found["refused"] = code(watch.put_metric_data, Namespace="AWS/X", MetricData=[{"MetricName": "m", "Value": 1}])
print(json.dumps(found))
`;

describe("AWS's programs in Python", function () {
  this.timeout(60_000);
  let scope: Scope;
  let logs: LogsUnderTest;
  let urls: Readonly<Record<string, string>>;

  beforeEach(async () => {
    scope = new Scope();
    logs = scope.use(await logsUnderTest());
    const metrics = new EndpointMetrics({ now: () => now, inRotation: () => 1 });
    const alarms = new MetricAlarms([], { metrics, now: () => now });
    const services = {
      sts: stsService({ now: () => now }),
      iam: iamService(),
      ecr: ecrService(),
      cloudwatch: cloudWatchService({ sources: [new JobMetricSource(() => logs.logs)], alarms: () => alarms, now: () => now }),
    };
    const servers: Record<string, string> = { logs: logs.url };
    for (const [name, service] of Object.entries(services)) servers[name] = scope.use(await serviceServer(service)).url;
    urls = servers;
    for (const host of ['algo-1', 'algo-2'])
      await logs.job('demo', host, [
        [now, `${host} line 0`],
        [now + 1, `${host} line 1`],
      ]);
  });
  afterEach(() => scope[Symbol.asyncDispose]());

  const streams = ['demo/algo-1-1700000000', 'demo/algo-2-1700000000'];

  const pythons = pythonsWithBoto();
  if (pythons.length === 0) sayNotRun("logs, STS, IAM, ECR and CloudWatch through AWS's SDK for Python", 'no python3 has boto3');
  for (const [version, python] of pythons) {
    it(`understand every answer: boto3 ${version}`, async () => {
      const found = JSON.parse(await runProgram(python, ['-c', program, JSON.stringify(urls)]));
      assert.deepEqual(found, {
        streams,
        events: ['algo-1 line 0', 'algo-1 line 1'],
        filtered: ['algo-1 line 1', 'algo-2 line 1'],
        mine: [{ timestamp: now, message: 'two\nlines 模', ingestionTime: now }],
        missing: ['ResourceNotFoundException', 400, 0],
        groups: ['/aws/sagemaker/TrainingJobs', '/mine'],
        identity: 'arn:aws:sts::000000000000:assumed-role/sm-local/sm-local',
        expires: new Date(now + 3_600_000).toISOString().replace('.000Z', '+00:00'),
        assumed: 'arn:aws:sts::111122223333:assumed-role/r/me',
        role: ['arn:aws:iam::000000000000:role/Any', { Service: 'sagemaker.amazonaws.com' }],
        policies: [],
        unserved: ['NotImplemented', 400, 0],
        registry: 'https://000000000000.dkr.ecr.us-east-1.amazonaws.com',
        metrics: [[{ Name: 'n', Value: '7' }]],
        statistics: [[2.5, { p99: 2.5 }, true]],
        data: [[2.5]],
        alarm: ['ALARM', 1, false, []],
        noAlarm: ['ResourceNotFound', 404, 0],
        refused: ['InvalidParameterValue', 400, 0],
      });
    });
  }

  const command = awsCommand();
  if (!command) sayNotRun("logs and STS through AWS's command line", 'there is no aws');
  else {
    const [version, aws] = command;
    it(`understand every answer: ${version}`, async () => {
      const run = async (service: string, ...args: string[]): Promise<string[]> => {
        const settings = ['AWS_ACCESS_KEY_ID=test', 'AWS_SECRET_ACCESS_KEY=test', 'AWS_DEFAULT_REGION=us-east-1', 'AWS_PAGER='];
        const printed = await runProgram('env', [...settings, aws, '--endpoint-url', urls[service] ?? '', service, ...args]);
        return printed.trim().split('\n');
      };
      const [identity, tail] = await Promise.all([
        run('sts', 'get-caller-identity', '--output', 'text', '--query', 'Account'),
        version < 'aws-cli/2' ? [] : run('logs', 'tail', '/aws/sagemaker/TrainingJobs', '--since', '20000d', '--format', 'short'),
      ]);
      assert.deepEqual(identity, ['000000000000']);
      if (version < 'aws-cli/2') return; // which has no `tail`
      const messages = tail.map((line) => line.replace(/^\S+ /, ''));
      assert.deepEqual(messages, ['algo-1 line 0', 'algo-2 line 0', 'algo-1 line 1', 'algo-2 line 1']);
    });
  }
});
