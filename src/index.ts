export type { AlarmState } from './contract/alarm-state.ts';
export type { MetricAlarm } from './contract/metric-alarm.ts';
export type { Endpoints } from './endpoints/endpoints.ts';
export type { HostedEndpoint } from './endpoints/hosted-endpoint.ts';
export type { HostingSetting } from './endpoints/prepare.ts';
export type { HostingRequests } from './endpoints/serve.ts';
export type { Engine } from './engine/engine.ts';
export { type Blame, type ErrorCode, isError, SmLocalError } from './errors.ts';
export { AlarmStates, type Alarms } from './hosting/alarms.ts';
export { MetricAlarms, type MetricAlarmsOptions } from './hosting/metric-alarms.ts';
export type { JobEvent, JobFiles } from './jobs/events.ts';
export type { ClientConfig } from './library/client-config.ts';
export type { ComparedAnswer, CompareOptions, Difference, Tolerance } from './library/compare.ts';
export { compareAnswers, differenceText } from './library/compare.ts';
export { type StartOptions, startEmulator } from './library/emulator.ts';
export type { LogEvent, ReadOptions, Told } from './library/event-feed.ts';
export type { NamedValues, ServeGiven, TrainGiven, UpGiven } from './library/given-options.ts';
export type { Invocation, InvocationBody, InvocationHead, InvokeOptions, StreamedInvocation } from './library/invocation.ts';
export { InvocationError } from './library/invocation-error.ts';
export type { ReceivedRequests, WaitOptions } from './library/received.ts';
export { type ReplayOptions, type ReplayTarget, replay } from './library/replay.ts';
export type { DifferentCall, FailedCall, ReplayCounts, ReplayedCall, ReplayReport } from './library/replay-report.ts';
export { type ServeOptions, serve } from './library/serve.ts';
export type { InstanceLine, ServedEndpoint, ServingEvent } from './library/served-endpoint.ts';
export type { SessionOptions } from './library/session.ts';
export type { EmulatorEvent, StartedEmulator } from './library/started-emulator.ts';
export {
  type Metric,
  type TrainingEvent,
  type TrainingResult,
  type TrainingRun,
  type TrainOptions,
  train,
} from './library/training-run.ts';
export { type WithRepliesOptions, withReplies } from './library/with-replies.ts';
export type { ProgressEvent } from './progress.ts';
export { repliesEngine } from './replies/engine.ts';
export type { Criteria, Matcher } from './replies/matcher.ts';
export type { ReceivedRequest } from './replies/received-request.ts';
export type { Answer, Replies, Reply, ReplyFunction, Rule } from './replies/reply.ts';
