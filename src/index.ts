export type { AlarmState } from './contract/alarm-state.ts';
export type { MetricAlarm } from './contract/metric-alarm.ts';
export { Endpoints, type EndpointsOptions } from './endpoints/endpoints.ts';
export type { HostedEndpoint } from './endpoints/hosted-endpoint.ts';
export type { HostingSetting } from './endpoints/prepare.ts';
export type { HostingRequests } from './endpoints/serve.ts';
export type { Engine } from './engine/engine.ts';
export { type Blame, type ErrorCode, isError, SmLocalError } from './errors.ts';
export { AlarmStates, type Alarms } from './hosting/alarms.ts';
export { MetricAlarms, type MetricAlarmsOptions } from './hosting/metric-alarms.ts';
export type { JobEvent, JobFiles } from './jobs/events.ts';
export type { ClientConfig } from './library/client-config.ts';
export { type EmulatorEvent, StartedEmulator, type StartOptions, startEmulator } from './library/emulator.ts';
export type { LogEvent, ReadOptions, Told } from './library/event-feed.ts';
export type { NamedValues, ServeGiven, TrainGiven, UpGiven } from './library/given-options.ts';
export {
  type Invocation,
  type InvocationBody,
  InvocationError,
  type InvocationHead,
  type InvokeOptions,
  type StreamedInvocation,
} from './library/invocation.ts';
export { type ReceivedOptions, ReceivedRequests, type WaitOptions } from './library/received.ts';
export { type InstanceLine, ServedEndpoint, type ServeOptions, type ServingEvent, serve } from './library/serve.ts';
export type { SessionOptions } from './library/session.ts';
export { type Metric, type TrainingEvent, type TrainingResult, TrainingRun, type TrainOptions, train } from './library/training-run.ts';
export { RepliesEndpoint, type WithRepliesOptions, withReplies } from './library/with-replies.ts';
export type { ProgressEvent } from './progress.ts';
export { repliesEngine } from './replies/engine.ts';
export type { Criteria, Matcher } from './replies/matcher.ts';
export { ReceivedRequest } from './replies/received-request.ts';
export type { Answer, Replies, Reply, ReplyFunction, Rule } from './replies/reply.ts';
