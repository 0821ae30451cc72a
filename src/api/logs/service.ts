import { type JsonOperation, jsonService } from '../json-service.ts';
import type { Caller, Service } from '../service.ts';
import { describeLogGroups } from './describe-log-groups.ts';
import { describeLogStreams } from './describe-log-streams.ts';
import { filterLogEvents } from './filter-log-events.ts';
import { getLogEvents } from './get-log-events.ts';
import { logsOperations } from './known-operations.ts';
import {
  createLogGroup,
  deleteLogGroup,
  deleteRetentionPolicy,
  listTagsLogGroup,
  putRetentionPolicy,
  tagLogGroup,
  untagLogGroup,
} from './log-groups.ts';
import { createLogStream, deleteLogStream } from './log-streams.ts';
import type { LogsContext, LogsOptions } from './options.ts';
import { putLogEvents } from './put-log-events.ts';

export type { LogsOptions } from './options.ts';

/** CloudWatch Logs: what jobs and endpoints have logged, while they run too, and what people write themselves. */
export function logsService({ logs, now = Date.now, onFailure }: LogsOptions): Service {
  const context: LogsContext = { logs, now };
  return jsonService({
    title: 'CloudWatch Logs',
    target: 'Logs_20140328',
    version: '1.1',
    operations: Object.fromEntries(Object.entries(operations).map(([name, operation]) => [name, within(operation, context)])),
    known: logsOperations,
    ...(onFailure && { onFailure }),
  });
}

type Operation = (request: never, caller: Caller, context: LogsContext, signal: AbortSignal) => Promise<object | undefined>;

const within =
  (operation: Operation, context: LogsContext): JsonOperation =>
  (request, caller, signal) =>
    operation(request, caller, context, signal);

/** By name: what is served. */
export const operations: Readonly<Record<string, Operation>> = {
  CreateLogGroup: createLogGroup,
  CreateLogStream: createLogStream,
  DeleteLogGroup: deleteLogGroup,
  DeleteLogStream: deleteLogStream,
  DeleteRetentionPolicy: deleteRetentionPolicy,
  DescribeLogGroups: describeLogGroups,
  DescribeLogStreams: describeLogStreams,
  FilterLogEvents: filterLogEvents,
  GetLogEvents: getLogEvents,
  ListTagsLogGroup: listTagsLogGroup,
  PutLogEvents: putLogEvents,
  PutRetentionPolicy: putRetentionPolicy,
  TagLogGroup: tagLogGroup,
  UntagLogGroup: untagLogGroup,
};
