export type { AlarmState } from './contract/alarm-state.ts';
export type { MetricAlarm } from './contract/metric-alarm.ts';
export { Emulator, type EmulatorOptions, openEmulator } from './emulator.ts';
export { Endpoints, type EndpointsOptions } from './endpoints/endpoints.ts';
export type { HostedEndpoint } from './endpoints/hosted-endpoint.ts';
export type { HostingSetting } from './endpoints/prepare.ts';
export {
  type HostingRequests,
  requestsFor,
  type Served,
  type ServedImage,
  type ServeEvent,
  type ServeObserver,
  type ServeSpec,
  serve,
} from './endpoints/serve.ts';
export type { Engine } from './engine/engine.ts';
export { type ImageSource, imageSource } from './engine/resolve-image.ts';
export { type Blame, type ErrorCode, isError, SmLocalError } from './errors.ts';
export { AlarmStates, type Alarms } from './hosting/alarms.ts';
export { MetricAlarms, type MetricAlarmsOptions } from './hosting/metric-alarms.ts';
export type { JobEvent, JobFiles, JobObserver } from './jobs/events.ts';
export type { TrainingOptions, TrainingPlan } from './jobs/plan.ts';
export { describeTraining, type TrainingRecord } from './jobs/record.ts';
export { type ReceivedOptions, ReceivedRequests, type WaitOptions } from './library/received.ts';
export { type RepliesEndpoint, type WithRepliesOptions, withReplies } from './library/with-replies.ts';
export type { ProgressEvent } from './progress.ts';
export { repliesEngine } from './replies/engine.ts';
export type { Criteria, Matcher } from './replies/matcher.ts';
export { ReceivedRequest } from './replies/received-request.ts';
export type { Answer, Replies, Reply, ReplyFunction, Rule } from './replies/reply.ts';
export { neverStopped, type StopSignals } from './stop.ts';
export { readSourceCode, type SourceCode, type SourceCodePlace } from './store/source-code.ts';
export { planTraining, type TrainingJobPlan, type TrainingSpec, train } from './training-jobs/train.ts';
