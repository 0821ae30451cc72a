import { type AlarmState, type Judgement, judgeAlarm } from '../contract/alarm-state.ts';
import { dimensionOf, keptByMinute, keptBySecond, type MetricAlarm, metricAlarmRefusals } from '../contract/metric-alarm.ts';
import { fail } from '../errors.ts';
import type { Alarms } from './alarms.ts';
import type { EndpointMetrics, Statistic } from './metrics.ts';
import { every, type Ticker } from './ticker.ts';

export interface MetricAlarmsOptions {
  readonly metrics: Pick<EndpointMetrics, 'statistic'>;
  /** Milliseconds since 1970, the clock of `metrics`. */
  readonly now?: () => number;
  /** Ticks each second. */
  readonly ticker?: Ticker;
}

/**
 * Alarms on the metrics of endpoints, evaluated as CloudWatch does it: each second while somebody waits for one of them, and when somebody
 * asks. Where all evaluation periods lie within a minute they end with the present second; longer ones are whole minutes that have passed.
 */
export class MetricAlarms implements Alarms {
  readonly #options: Required<MetricAlarmsOptions>;
  readonly #alarms = new Map<string, Alarm>();
  readonly #watchers = new Set<() => void>();
  #ticks: Disposable | undefined;

  /** A later definition of the same name replaces an earlier one. Errors: InvalidRequest for a definition that cannot be taken. */
  constructor(definitions: readonly MetricAlarm[], { metrics, now = Date.now, ticker = every(1) }: MetricAlarmsOptions) {
    this.#options = { metrics, now, ticker };
    for (const definition of definitions) this.put(definition);
  }

  /** As CloudWatch's PutMetricAlarm: one that is there is defined anew, and stays in its state. Errors: InvalidRequest for what cannot be taken. */
  put(definition: MetricAlarm): void {
    const refused = metricAlarmRefusals(definition);
    if (refused.length > 0) {
      throw fail('InvalidRequest', {
        message: refused.map(({ message }) => message).join('\n'),
        remedy: refused.map(({ advice }) => advice).join(' '),
      });
    }
    const defined = this.#options.now();
    const { now, changed } = this.#alarms.get(definition.AlarmName) ?? { now: unchecked, changed: defined };
    const state = { now, changed, isByHand: false, at: Number.NEGATIVE_INFINITY };
    this.#alarms.set(definition.AlarmName, { definition, defined, ...state });
  }

  /** False when there is none of this name. */
  remove(name: string): boolean {
    return this.#alarms.delete(name);
  }

  /** All there are, as they are now. */
  get all(): readonly AlarmDescription[] {
    return [...this.#alarms.values()].map((alarm) => {
      this.#refresh(alarm);
      return { definition: alarm.definition, judgement: alarm.now, defined: alarm.defined, changed: alarm.changed };
    });
  }

  has(name: string): boolean {
    return this.#alarms.has(name);
  }

  /** As CloudWatch's SetAlarmState: until the next evaluation that has data. Errors: InvalidRequest for an alarm that is not there. */
  set(name: string, state: AlarmState, reason = 'Set by hand.'): void {
    const alarm = this.#alarm(name);
    this.#become(alarm, { state, reason });
    alarm.isByHand = true;
    alarm.at = this.#second();
    this.#lookAll();
  }

  /** Errors: InvalidRequest for an alarm that is not there. */
  describe(name: string): Judgement {
    const alarm = this.#alarm(name);
    this.#refresh(alarm);
    return alarm.now;
  }

  tripped(names: readonly string[], signal: AbortSignal): Promise<string> {
    return new Promise((resolve) => {
      const look = (): void => {
        const name = names.find((each) => this.#alarms.get(each)?.now.state === 'ALARM');
        if (name === undefined) return;
        forget();
        resolve(name);
      };
      const forget = (): void => {
        signal.removeEventListener('abort', forget);
        this.#watchers.delete(look);
        if (this.#watchers.size > 0) return;
        this.#ticks?.[Symbol.dispose]();
        this.#ticks = undefined;
      };
      if (signal.aborted) return;
      signal.addEventListener('abort', forget, { once: true });
      this.#watchers.add(look);
      this.#ticks ??= this.#options.ticker(() => this.#tick());
      for (const name of names) this.#refresh(this.#alarms.get(name));
      look();
    });
  }

  #tick(): void {
    for (const alarm of this.#alarms.values()) this.#evaluate(alarm);
    this.#lookAll();
  }

  #lookAll(): void {
    for (const look of [...this.#watchers]) look();
  }

  /** At most once a second, whoever asks. */
  #refresh(alarm: Alarm | undefined): void {
    if (alarm && alarm.at < this.#second()) this.#evaluate(alarm);
  }

  #evaluate(alarm: Alarm): void {
    alarm.at = this.#second();
    const points = this.#points(alarm.definition);
    if (alarm.isByHand && points.every((point) => point === undefined)) return;
    alarm.isByHand = false;
    this.#become(alarm, judgeAlarm(points, alarm.definition, alarm.now));
  }

  #become(alarm: Alarm, judgement: Judgement): void {
    if (judgement.state !== alarm.now.state) alarm.changed = this.#options.now();
    alarm.now = judgement;
  }

  #points(definition: MetricAlarm): readonly (number | undefined)[] {
    const { MetricName, Statistic: plain, ExtendedStatistic: percentile } = definition;
    const endpoint = dimensionOf(definition, 'EndpointName') ?? '';
    const variant = dimensionOf(definition, 'VariantName');
    const statistic = (plain ?? percentile) as Statistic; // one of them is there
    return periodsOf(definition, this.#options.now()).map(([from, to]) =>
      this.#options.metrics.statistic(endpoint, variant, MetricName, statistic, from, to),
    );
  }

  #alarm(name: string): Alarm {
    const alarm = this.#alarms.get(name);
    if (alarm) return alarm;
    throw fail('InvalidRequest', { message: `There is no alarm ${name}.`, remedy: `There are: ${[...this.#alarms.keys()].join(', ')}.` });
  }

  #second(): number {
    return Math.floor(this.#options.now() / 1000);
  }
}

/** Times in milliseconds since 1970. */
export interface AlarmDescription {
  readonly definition: MetricAlarm;
  readonly judgement: Judgement;
  /** When it was defined last. */
  readonly defined: number;
  /** When its state changed last. */
  readonly changed: number;
}

interface Alarm {
  readonly definition: MetricAlarm;
  readonly defined: number;
  changed: number;
  now: Judgement;
  isByHand: boolean;
  /** The second in which it was evaluated last, or set. */
  at: number;
}

const unchecked: Judgement = { state: 'INSUFFICIENT_DATA', reason: 'Unchecked: Initial alarm creation' };

/**
 * The evaluation range, the oldest period first, in milliseconds since 1970. CloudWatch looks at more periods than it evaluates, at 5 for 3 in
 * its documentation; here they end where metrics are no longer known exactly.
 */
function periodsOf({ Period, EvaluationPeriods }: MetricAlarm, now: number): readonly (readonly [from: number, to: number])[] {
  const isShort = Period * EvaluationPeriods <= keptBySecond;
  const end = isShort ? Math.floor(now / 1000) * 1000 + 1000 : Math.floor(now / 60_000) * 60_000;
  const count = Math.min(EvaluationPeriods + 2, Math.floor((isShort ? keptBySecond : keptByMinute) / Period));
  const length = Period * 1000;
  return Array.from({ length: count }, (_, index) => {
    const to = end - (count - 1 - index) * length;
    return [to - length, to] as const;
  });
}
