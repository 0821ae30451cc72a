import type { SageMaker } from '../api/sagemaker/sagemaker.ts';
import type { FaultSettings } from '../contract/faults.ts';
import { limitsOf } from '../contract/limits.ts';
import type { MetricAlarm } from '../contract/metric-alarm.ts';
import type { Emulator } from '../emulator.ts';
import { Endpoints } from '../endpoints/endpoints.ts';
import type { EndpointObserver } from '../endpoints/hosted-endpoint.ts';
import { largeBodyWarnings } from '../endpoints/large-bodies.ts';
import type { HostingSetting } from '../endpoints/prepare.ts';
import { Faults } from '../hosting/faults.ts';
import { forward } from '../hosting/forward.ts';
import { type InvocationHandler, invocationHandler } from '../hosting/invoke.ts';
import { MetricAlarms } from '../hosting/metric-alarms.ts';
import { Monitor } from '../hosting/monitor.ts';
import type { InvocationOver } from '../hosting/reply.ts';
import { routeOf } from '../hosting/target.ts';
import type { JobObserver } from '../jobs/events.ts';
import type { TrainingOptions } from '../jobs/plan.ts';
import { neverStopped } from '../stop.ts';
import { Records } from '../store/records.ts';
import { Tags } from '../tags.ts';
import { TrainingJobs } from '../training-jobs/training-jobs.ts';

export interface SageMakerOptions {
  /** Where requests to endpoints go. */
  readonly url: string;
  readonly hosting: HostingSetting;
  readonly training: TrainingOptions;
  readonly faults?: FaultSettings;
  /** Seconds for which DescribeTrainingJob waits for another status. */
  readonly longPoll?: number;
  /** Cuts every grace short. */
  readonly kill: AbortSignal;
  readonly observer: SageMakerObserver;
}

export interface SageMakerObserver {
  warning(message: string): void;
  job(name: string): JobObserver;
  readonly endpoint: EndpointObserver;
  /** Each request to an endpoint, when it is over; on the hot path. */
  invocation?(over: InvocationOver): void;
}

/** SageMaker as one account has it in one region: the control plane, and the runtime of its endpoints. */
export class LocalSageMaker implements SageMaker, Disposable {
  readonly endpoints: Endpoints;
  readonly trainingJobs: TrainingJobs;
  readonly tags: Tags;
  readonly longPoll: number | undefined;
  readonly warn: (message: string) => void;
  readonly monitor: Monitor;
  /** CloudWatch's, on the metrics of its endpoints; their definitions are kept. */
  readonly alarms: MetricAlarms;
  readonly #alarmRecords: Records<MetricAlarm>;
  /** Those of other processes of this home are answered by them. */
  readonly invocations: InvocationHandler;
  readonly #faults: Faults | undefined;

  constructor(emulator: Emulator, options: SageMakerOptions) {
    const { region, account } = emulator;
    const { url, hosting, training, kill, observer } = options;
    const limits = limitsOf('serving', hosting.limits, hosting);
    this.longPoll = options.longPoll;
    this.warn = (message) => observer.warning(message);
    this.endpoints = new Endpoints(emulator, {
      setting: hosting,
      observer: observer.endpoint,
      stops: { stop: neverStopped.stop, kill },
      url,
    });
    this.trainingJobs = new TrainingJobs(emulator, { options: training, observer: (name) => observer.job(name) });
    this.tags = new Tags(emulator);
    this.#alarmRecords = new Records(emulator.home, 'alarm');
    const endpoints = () => this.endpoints.endpoints;
    this.monitor = new Monitor({
      variants: () => endpoints().flatMap(({ running }) => running),
      inRotation: (name, variant) =>
        endpoints()
          .find((endpoint) => endpoint.name === name)
          ?.serving(variant) ?? 0,
      onWarning: (message) => observer.warning(message),
    });
    this.alarms = new MetricAlarms([], { metrics: this.monitor.metrics });
    this.endpoints = new Endpoints(emulator, {
      setting: hosting,
      observer: observer.endpoint,
      stops: { stop: neverStopped.stop, kill },
      url,
      alarms: this.alarms,
      isLasting: true,
    });
    const warnOfSize = largeBodyWarnings(limits['payload-warn'], (message) => observer.warning(message));
    const serving = () => endpoints().flatMap(({ running }) => running.flatMap(({ inRotation }) => inRotation));
    this.#faults = options.faults && new Faults(options.faults, { limit: limits.invocation, serving });
    const own = invocationHandler({
      endpoints,
      region,
      account,
      limits,
      faults: this.#faults,
      onOver: (over) => {
        this.monitor.add(over);
        warnOfSize(over);
        observer.invocation?.(over);
      },
    });
    this.invocations = (request, response) => {
      const route = routeOf(request);
      const name = route?.kind === 'invoke' ? route.name : undefined;
      if (name === undefined || endpoints().some((endpoint) => endpoint.name === name)) return own(request, response);
      const answer = (elsewhere: string | undefined): void =>
        elsewhere === undefined ? void own(request, response) : forward(request, response, elsewhere);
      this.endpoints.foreign(name).then(answer, () => answer(undefined)); // a record that cannot be read is no endpoint
      return true;
    };
  }

  /** Takes over what a process that is gone has left, and starts again what rests. Errors: DiskTrouble, trouble of the engine. */
  async open(): Promise<void> {
    for (const { value } of (await this.#alarmRecords.list()).records) this.alarms.put(value);
    await Promise.all([this.endpoints.open(), this.trainingJobs.open()]);
  }

  /** Keeps the definition of an alarm for the next process, or forgets it. Errors: DiskTrouble. */
  async keepAlarm(name: string, definition: MetricAlarm | undefined): Promise<void> {
    if (definition) await this.#alarmRecords.put(name, definition);
    else await this.#alarmRecords.remove(name);
  }

  /** Lets go of what runs; the next process takes it over. */
  async leave(): Promise<void> {
    await Promise.all([this.endpoints.leave(), this.trainingJobs.leave()]);
  }

  /** Ends all that runs; endpoints are started again by the next process. */
  async rest(hard: AbortSignal): Promise<void> {
    await Promise.all([this.endpoints.rest(hard), this.trainingJobs.stopAll(hard)]);
  }

  /** Ends all that runs, and nothing of its endpoints stays. */
  async stop(hard: AbortSignal): Promise<void> {
    await Promise.all([this.endpoints.stop(hard), this.trainingJobs.stopAll(hard)]);
  }

  [Symbol.dispose](): void {
    this.#faults?.[Symbol.dispose]();
  }
}
