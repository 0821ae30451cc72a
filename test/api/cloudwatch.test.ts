import assert from 'node:assert/strict';
import { join } from 'node:path';
import * as cloudwatch from '@aws-sdk/client-cloudwatch';
import { EndpointMetricSource } from '../../src/api/cloudwatch/endpoint-metrics.ts';
import { JobMetricSource } from '../../src/api/cloudwatch/job-metrics.ts';
import { cloudWatchOperations } from '../../src/api/cloudwatch/known-operations.ts';
import { cloudWatchService } from '../../src/api/cloudwatch/service.ts';
import { MetricAlarms } from '../../src/hosting/metric-alarms.ts';
import { EndpointMetrics } from '../../src/hosting/metrics.ts';
import { Scope } from '../../src/scope.ts';
import { metricFile } from '../../src/store/log-names.ts';
import { MetricLog } from '../../src/store/metric-log.ts';
import { plant } from '../store/tree.ts';
import { alarm } from '../support/alarm.ts';
import { clientConfig } from '../support/aws-client.ts';
import { over } from '../support/over.ts';
import { serviceServer } from '../support/service-server.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

describe('CloudWatch', () => {
  /** A whole minute. */
  const start = 1_800_000_000_000;
  let now: number;
  let scope: Scope;
  let logs: string;
  let url: string;
  let metrics: EndpointMetrics;
  let alarms: MetricAlarms;
  let warnings: string[];
  let kept: (readonly [string, boolean])[];
  let client: cloudwatch.CloudWatchClient;

  beforeEach(async () => {
    [now, scope, warnings, kept] = [start, new Scope(), [], []];
    const home = scope.use(await temporaryDirectory());
    logs = join(home.path, 'logs');
    const clock = () => now;
    metrics = new EndpointMetrics({ now: clock, inRotation: () => 1 });
    alarms = new MetricAlarms([], { metrics, now: clock });
    const isOurs = ({ account }: { account: string }): boolean => account === '000000000000';
    const service = cloudWatchService({
      sources: [
        new JobMetricSource((caller) => (isOurs(caller) ? logs : join(home.path, 'none'))),
        new EndpointMetricSource({ metrics: (caller) => (isOurs(caller) ? metrics : undefined), now: clock }),
      ],
      alarms: () => alarms,
      keepAlarm: async (_caller, name, definition) => void kept.push([name, definition !== undefined]),
      now: clock,
      onWarning: (message) => warnings.push(message),
      onFailure: (_operation, error) => {
        throw error;
      },
    });
    ({ url } = scope.use(await serviceServer(service)));
    client = new cloudwatch.CloudWatchClient(clientConfig(url));
    scope.defer(() => client.destroy());
  });
  afterEach(() => scope[Symbol.asyncDispose]());

  const at = (seconds: number): Date => new Date(start + seconds * 1000);
  const trained = async (): Promise<void> => {
    await using log = await MetricLog.open(metricFile(logs, 'training-jobs', 'demo'), new Map());
    for (const [position, second] of [0, 30, 60, 119].entries()) {
      log.add('algo-1', { time: start + second * 1000, position }, 'train:loss', 4 - position);
    }
    log.flush();
    const machine = { time: at(60).toISOString(), host: 'demo/algo-1', CPUUtilization: 150, MemoryUtilization: 20 };
    await plant(logs, { 'training-jobs/demo/instance-metrics.jsonl': `${JSON.stringify(machine)}\n{"time":` });
  };
  const training = '/aws/sagemaker/TrainingJobs';
  const byJob = [{ Name: 'TrainingJobName', Value: 'demo' }];
  const ask = async (form: Readonly<Record<string, string>>, version = '2010-08-01') => {
    const response = await fetch(url, { method: 'POST', body: new URLSearchParams({ Version: version, ...form }) });
    return { status: response.status, body: await response.text() };
  };

  it('has what algorithms log by the name of their job, as the SageMaker Python SDK asks for it', async () => {
    await trained();
    const { Label, Datapoints = [] } = await client.send(
      new cloudwatch.GetMetricStatisticsCommand({
        Namespace: training,
        MetricName: 'train:loss',
        Dimensions: byJob,
        StartTime: at(1),
        EndTime: at(3600),
        Period: 60,
        Statistics: ['Average', 'SampleCount', 'Minimum', 'Maximum', 'Sum'],
      }),
    );
    assert.equal(Label, 'train:loss');
    assert.deepEqual(Datapoints, [
      { Timestamp: at(0), Average: 3.5, SampleCount: 2, Minimum: 3, Maximum: 4, Sum: 7, Unit: 'None' },
      { Timestamp: at(60), Average: 1.5, SampleCount: 2, Minimum: 1, Maximum: 2, Sum: 3, Unit: 'None' },
    ]);
  });

  it('lists what there are metrics of: jobs, their hosts, endpoints', async () => {
    await trained();
    metrics.add(over());
    const list = async (request: cloudwatch.ListMetricsCommandInput = {}): Promise<string[]> => {
      const { Metrics = [] } = await client.send(new cloudwatch.ListMetricsCommand(request));
      return Metrics.map(({ MetricName, Dimensions = [] }) => `${MetricName} ${Dimensions.map(({ Value }) => Value).join()}`);
    };
    assert.deepEqual(await list({ Namespace: training }), [
      'CPUUtilization demo/algo-1',
      'MemoryUtilization demo/algo-1',
      'train:loss demo',
    ]);
    assert.deepEqual(await list({ Dimensions: [{ Name: 'Host' }], MetricName: 'CPUUtilization' }), ['CPUUtilization demo/algo-1']);
    assert.deepEqual(await list({ Dimensions: [{ Name: 'Host', Value: 'other/algo-1' }] }), []);
    assert.equal((await list({ Namespace: 'AWS/SageMaker' })).length, 6);
    const other = new cloudwatch.CloudWatchClient(clientConfig(url, '111122223333'));
    scope.defer(() => other.destroy());
    assert.deepEqual((await other.send(new cloudwatch.ListMetricsCommand({}))).Metrics, []);
  });

  it('has what endpoints are invoked, with percentiles, in both kinds of question', async () => {
    for (let count = 0; count < 10; count += 1) metrics.add(over({ modelLatency: 1 + count }));
    now += 60_000;
    const dimensions = [
      { Name: 'VariantName', Value: 'AllTraffic' },
      { Name: 'EndpointName', Value: 'demo' },
    ];
    const time = { StartTime: at(0), EndTime: at(120) };
    const metric = { Namespace: 'AWS/SageMaker', MetricName: 'ModelLatency', Dimensions: dimensions };
    const statistics = await client.send(
      new cloudwatch.GetMetricStatisticsCommand({
        ...metric,
        ...time,
        Period: 60,
        ExtendedStatistics: ['p90'],
        Statistics: ['SampleCount'],
      }),
    );
    const [point] = statistics.Datapoints ?? [];
    assert.deepEqual([point?.SampleCount, point?.Unit, statistics.Datapoints?.length], [10, 'Microseconds', 1]);
    assert.ok(Math.abs((point?.ExtendedStatistics?.p90 ?? 0) - 9000) < 900);
    const query = (Id: string, Stat: string, MetricName: string) => ({
      Id,
      MetricStat: { Metric: { ...metric, MetricName }, Period: 60, Stat },
    });
    const { MetricDataResults: results } = await client.send(
      new cloudwatch.GetMetricDataCommand({
        ...time,
        MetricDataQueries: [query('a', 'Sum', 'Invocations'), query('b', 'p100', 'ModelLatency'), query('c', 'Sum', 'Nothing')],
      }),
    );
    assert.deepEqual(
      results?.map(({ Id, Label, StatusCode, Values }) => [Id, Label, StatusCode, Values?.length]),
      [
        ['a', 'Invocations', 'Complete', 1],
        ['b', 'ModelLatency', 'Complete', 1],
        ['c', 'Nothing', 'Complete', 0],
      ],
    );
    assert.deepEqual([results?.[0]?.Values, results?.[0]?.Timestamps], [[10], [at(0)]]);
  });

  it('takes metrics of people: values, many at once, statistics; packed too', async () => {
    const Dimensions = [{ Name: 'A', Value: 'b' }];
    const data = [
      { MetricName: 'm', Dimensions, Value: 1 },
      { MetricName: 'm', Dimensions, Values: [2, 3], Counts: [1, 2], Timestamp: at(10) },
      { MetricName: 's', StatisticValues: { SampleCount: 2, Sum: 10, Minimum: 4, Maximum: 6 } },
      ...Array.from({ length: 300 }, (_, index) => ({ MetricName: `many-${index}`, Value: index })), // so much that the client packs it
    ];
    await client.send(new cloudwatch.PutMetricDataCommand({ Namespace: 'Mine', MetricData: data }));
    const ask = { Namespace: 'Mine', StartTime: at(0), EndTime: at(60), Period: 60 };
    const one = await client.send(
      new cloudwatch.GetMetricStatisticsCommand({
        ...ask,
        MetricName: 'm',
        Dimensions,
        Statistics: ['Sum', 'SampleCount'],
        ExtendedStatistics: ['p50'],
      }),
    );
    assert.deepEqual(one.Datapoints, [{ Timestamp: at(0), Sum: 9, SampleCount: 4, ExtendedStatistics: { p50: 2 }, Unit: 'None' }]);
    const set = await client.send(
      new cloudwatch.GetMetricStatisticsCommand({ ...ask, MetricName: 's', Statistics: ['Average', 'Maximum'] }),
    );
    assert.deepEqual(set.Datapoints, [{ Timestamp: at(0), Average: 5, Maximum: 6, Unit: 'None' }]);
    const names: string[] = [];
    for await (const { Metrics = [] } of cloudwatch.paginateListMetrics({ client }, { Namespace: 'Mine' }))
      names.push(...Metrics.map(({ MetricName = '' }) => MetricName));
    assert.equal(names.length, 302);
  });

  it('has alarms that deployments may name, in the state of their data, or as they are set', async () => {
    const { Dimensions, ...definition } = alarm();
    const request = { ...definition, Dimensions: [...Dimensions], AlarmActions: ['arn:aws:sns:us-east-1:000000000000:x'] };
    await client.send(new cloudwatch.PutMetricAlarmCommand(request));
    assert.ok(alarms.has('errors'));
    assert.match(warnings.join(), /without effect here \(PutMetricAlarm of errors\): AlarmActions/);
    const describe = async (request: cloudwatch.DescribeAlarmsCommandInput = {}) =>
      (await client.send(new cloudwatch.DescribeAlarmsCommand(request))).MetricAlarms ?? [];
    const [found] = await describe();
    assert.deepEqual(
      [found?.AlarmName, found?.AlarmArn, found?.StateValue, found?.Threshold, found?.AlarmConfigurationUpdatedTimestamp],
      ['errors', 'arn:aws:cloudwatch:us-east-1:000000000000:alarm:errors', 'INSUFFICIENT_DATA', 1, at(0)],
    );
    now += 5000;
    metrics.add(over({ status: 500, answered: 424 }));
    const [tripped] = await describe({ StateValue: 'ALARM' });
    assert.deepEqual([tripped?.StateValue, tripped?.StateUpdatedTimestamp], ['ALARM', at(5)]);
    const left = new AbortController();
    assert.equal(await alarms.tripped(['errors'], left.signal), 'errors');
    left.abort();
    await client.send(new cloudwatch.SetAlarmStateCommand({ AlarmName: 'errors', StateValue: 'OK', StateReason: 'by me' }));
    const [set] = await describe({ AlarmNamePrefix: 'err' });
    assert.deepEqual([set?.StateValue, set?.StateReason], ['OK', 'by me']);
    assert.deepEqual(await describe({ AlarmNames: ['other'] }), []);
    await client.send(new cloudwatch.DeleteAlarmsCommand({ AlarmNames: ['errors'] }));
    assert.equal(alarms.has('errors'), false);
    assert.deepEqual(kept, [
      ['errors', true],
      ['errors', false],
    ]);
  });

  it('refuses what CloudWatch refuses, and names what is not served', async () => {
    const statistics = { Namespace: 'N', MetricName: 'm', StartTime: at(0), EndTime: at(60), Period: 60, Statistics: ['Sum'] as ['Sum'] };
    const query = { Id: 'a', MetricStat: { Metric: { Namespace: 'N', MetricName: 'm' }, Period: 60, Stat: 'tm99' } };
    const datum = { Namespace: 'N', MetricData: [{ MetricName: 'm' }] };
    const { Dimensions, ...definition } = alarm();
    for (const [command, name, words] of [
      [
        new cloudwatch.GetMetricStatisticsCommand({ ...statistics, EndTime: at(-1) }),
        'InvalidParameterValueException',
        /StartTime must be less/,
      ],
      [new cloudwatch.GetMetricStatisticsCommand({ ...statistics, Period: 45 }), 'InvalidParameterValueException', /multiple of 60/],
      [
        new cloudwatch.GetMetricStatisticsCommand({ ...statistics, EndTime: at(7 * 24 * 3600) }),
        'InvalidParameterCombinationException',
        /^You have requested up to 10,080 datapoints, which exceeds the limit of 1,440\. /,
      ],
      [
        new cloudwatch.GetMetricDataCommand({ ...statistics, MetricDataQueries: [query] }),
        'InvalidParameterValueException',
        /tm99.*not served/,
      ],
      [
        new cloudwatch.GetMetricDataCommand({ ...statistics, MetricDataQueries: [{ Id: 'a', Expression: 'SUM(METRICS())' }] }),
        'InvalidParameterValueException',
        /no metric math: SUM\(METRICS\(\)\)/,
      ],
      [
        new cloudwatch.PutMetricDataCommand({ ...datum, Namespace: 'AWS/X' }),
        'InvalidParameterValueException',
        /^The value AWS\/ for parameter/,
      ],
      [new cloudwatch.PutMetricDataCommand(datum), 'InvalidParameterCombinationException', /either Value, or Values/],
      [new cloudwatch.DeleteAlarmsCommand({ AlarmNames: ['none'] }), 'ResourceNotFound', /no alarm of the name none/],
      [new cloudwatch.SetAlarmStateCommand({ AlarmName: 'none', StateValue: 'OK', StateReason: '' }), 'ResourceNotFound', /none/],
      [
        new cloudwatch.PutMetricAlarmCommand({ ...definition, Dimensions: [], Namespace: 'Mine' }),
        'ValidationException',
        /Namespace: "Mine"/,
      ],
      [
        new cloudwatch.PutDashboardCommand({ DashboardName: 'd', DashboardBody: '{}' }),
        'NotImplementedException',
        /PutDashboard is not served/,
      ],
    ] as const) {
      await assert.rejects(client.send(command as never), { name, message: words });
    }
  });

  it('speaks the query protocol too', async () => {
    await trained();
    const { body } = await ask({
      Action: 'GetMetricStatistics',
      Namespace: training,
      MetricName: 'train:loss',
      'Dimensions.member.1.Name': 'TrainingJobName',
      'Dimensions.member.1.Value': 'demo',
      StartTime: at(0).toISOString(),
      EndTime: at(60).toISOString(),
      Period: '60',
      'Statistics.member.1': 'Average',
      'ExtendedStatistics.member.1': 'p100',
    });
    assert.match(
      body,
      /<Datapoints><member><Timestamp>2027-01-15T08:00:00.000Z<\/Timestamp><Average>3.5<\/Average><ExtendedStatistics><entry><key>p100<\/key><value>4<\/value><\/entry><\/ExtendedStatistics><Unit>None<\/Unit><\/member><\/Datapoints>/,
    );
    const put = { Action: 'PutMetricData', Namespace: 'Mine', 'MetricData.member.1.MetricName': 'm', 'MetricData.member.1.Value': '2.5' };
    const dimension = { 'MetricData.member.1.Dimensions.member.1.Name': 'n', 'MetricData.member.1.Dimensions.member.1.Value': '7' };
    assert.equal((await ask({ ...put, ...dimension })).status, 200);
    assert.match((await ask({ Action: 'ListMetrics', Namespace: 'Mine' })).body, /<Name>n<\/Name><Value>7<\/Value>/);
    const refused = await ask({ Action: 'DeleteAlarms', 'AlarmNames.member.1': 'none' });
    assert.equal(refused.status, 404);
    assert.match(refused.body, /<Code>ResourceNotFound<\/Code>/);
    assert.match((await ask({ Action: 'DeleteAlarms', AlarmNames: '' })).body, /<DeleteAlarmsResponse/);
  });

  it('tells clients of the query time the code that they look for', async () => {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'X-Amz-Target': 'GraniteServiceVersion20100801.PutMetricData', 'Content-Type': 'application/x-amz-json-1.0' },
      body: JSON.stringify({ Namespace: 'AWS/X', MetricData: [{ MetricName: 'm', Value: 1 }] }),
    });
    assert.equal(response.headers.get('x-amzn-query-error'), 'InvalidParameterValue;Sender');
    assert.equal(response.headers.get('content-type'), 'application/x-amz-json-1.0');
    assert.equal(((await response.json()) as { __type: string }).__type, 'InvalidParameterValueException');
  });

  it('says to clients that speak CBOR that it does not, so that they understand it', async () => {
    const path = '/service/GraniteServiceVersion20100801/operation/ListMetrics';
    const headers = { 'smithy-protocol': 'rpc-v2-cbor', 'Content-Type': 'application/cbor' };
    const response = await fetch(`${url}${path}`, { method: 'POST', headers, body: Buffer.of(0xa0) });
    assert.deepEqual([response.status, response.headers.get('content-type')], [400, 'application/cbor']);
    assert.equal(response.headers.get('smithy-protocol'), 'rpc-v2-cbor');
    const words = Buffer.from(await response.arrayBuffer()).toString('latin1');
    assert.match(words, /^\xa2f__typewNotImplementedExceptiongmessagex.sm-local speaks AWS JSON 1\.0 and the query protocol/);
  });

  it('has the operations of its SDK', () => {
    const all = Object.keys(cloudwatch).flatMap((name) => /^([A-Z]\w+)Command$/.exec(name)?.[1] ?? []);
    assert.deepEqual([...cloudWatchOperations].sort(), all.sort());
  });
});
