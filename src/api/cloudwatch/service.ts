import { type JsonOperation, jsonService } from '../json-service.ts';
import { queryService } from '../query-service.ts';
import type { Caller, Service } from '../service.ts';
import { deleteAlarms, describeAlarms, putMetricAlarm, setAlarmState } from './alarms.ts';
import { isCbor, refuseCbor } from './cbor-refusal.ts';
import { CustomMetrics } from './custom-metrics.ts';
import { cloudWatchOperations } from './known-operations.ts';
import { getMetricData, getMetricStatistics, listMetrics } from './metrics.ts';
import type { CloudWatchContext, CloudWatchOptions } from './options.ts';
import { putMetricData } from './put-metric-data.ts';

export type { CloudWatchOptions } from './options.ts';

/**
 * CloudWatch: the metrics of jobs and endpoints, those that people put, and alarms on endpoints. In AWS JSON, and in the query protocol, which clients
 * spoke before 2025. Source: contract s3-and-logs §7.
 */
export function cloudWatchService(options: CloudWatchOptions): Service {
  const { sources, alarms, keepAlarm = async () => {}, now = Date.now, onWarning = () => {}, onFailure } = options;
  const custom = new CustomMetrics();
  const context: CloudWatchContext = { sources: [...sources, custom], custom, alarms, keepAlarm, now, onWarning };
  const shared = {
    title: 'Amazon CloudWatch',
    known: cloudWatchOperations,
    operations: Object.fromEntries(Object.entries(operations).map(([name, operation]) => [name, within(operation, context)])),
    ...(onFailure && { onFailure }),
  };
  const json = jsonService({ ...shared, target: 'GraniteServiceVersion20100801', version: '1.0', queryCodes });
  const query = queryService({
    ...shared,
    version: '2010-08-01',
    namespace: 'http://monitoring.amazonaws.com/doc/2010-08-01/',
    types,
    maps: ['ExtendedStatistics'],
  });
  return async (exchange) => {
    if (isCbor(exchange)) return refuseCbor(exchange);
    await (exchange.request.headers['x-amz-target'] === undefined ? query(exchange) : json(exchange));
  };
}

type Operation = (request: never, caller: Caller, context: CloudWatchContext) => Promise<object | undefined>;

const within =
  (operation: Operation, context: CloudWatchContext): JsonOperation =>
  (request, caller) =>
    operation(request, caller, context);

/** By name: what is served. */
export const operations: Readonly<Record<string, Operation>> = {
  DeleteAlarms: deleteAlarms,
  DescribeAlarms: describeAlarms,
  GetMetricData: getMetricData,
  GetMetricStatistics: getMetricStatistics,
  ListMetrics: listMetrics,
  PutMetricAlarm: putMetricAlarm,
  PutMetricData: putMetricData,
  SetAlarmState: setAlarmState,
};

/** Source: service model `monitoring` 2010-08-01, `awsQueryError` of its exceptions. */
const queryCodes = {
  InvalidParameterValue: 'InvalidParameterValueException',
  InvalidParameterCombination: 'InvalidParameterCombinationException',
  ValidationError: 'ValidationException',
};

const types = {
  'MetricData.Value': 'number',
  ActionsEnabled: 'boolean',
  AlarmNames: 'list',
  Counts: 'number',
  DatapointsToAlarm: 'number',
  Dimensions: 'list',
  EndTime: 'time',
  EvaluationPeriods: 'number',
  MaxDatapoints: 'number',
  MaxRecords: 'number',
  Maximum: 'number',
  Minimum: 'number',
  Period: 'number',
  ReturnData: 'boolean',
  SampleCount: 'number',
  StartTime: 'time',
  StorageResolution: 'number',
  Sum: 'number',
  Threshold: 'number',
  Timestamp: 'time',
  Values: 'number',
} as const;
