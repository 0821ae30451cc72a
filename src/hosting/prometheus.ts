import type { BoundedCounts, Distribution } from './distribution.ts';
import type { Load } from './load.ts';
import type { VariantTotals } from './metrics.ts';
import type { RunningVariant } from './running-variant.ts';

/** A variant as it is told about. */
export interface VariantReading extends RunningVariant {
  readonly totals: VariantTotals;
}

/** `Content-Type` of the text. */
export const prometheusType = 'text/plain; version=0.0.4; charset=utf-8';

/**
 * The metrics of endpoints as Prometheus reads them: seconds and bytes, counters that only grow. `loads`: instance -> what it takes of the
 * machine; one without has no such gauges. `refused`: status -> requests that reached no instance. Source: "Exposition formats", text format 0.0.4.
 */
export function prometheusText(
  variants: readonly VariantReading[],
  loads: ReadonlyMap<string, Load>,
  refused: ReadonlyMap<number, number>,
): string {
  const ofVariants = (value: (variant: VariantReading) => number): Sample[] =>
    variants.map((variant) => ({ labels: labelsOf(variant), value: value(variant) }));
  const ofInstances = (value: (load: Load) => number): Sample[] =>
    variants.flatMap((variant) =>
      variant.inRotation.flatMap(({ id }) => {
        const load = loads.get(id);
        return load ? [{ labels: { ...labelsOf(variant), instance: id }, value: value(load) }] : [];
      }),
    );
  const latencies = (name: 'ModelLatency' | 'OverheadLatency'): Sample[] =>
    variants.flatMap((variant) => histogram(labelsOf(variant), variant.totals.metrics[name], variant.totals.upTo[name]));
  const counted = (name: keyof VariantTotals['metrics']): Sample[] => ofVariants(({ totals }) => totals.metrics[name].sum);
  return [
    family('sm_local_invocations_total', 'counter', 'Requests that were sent to an instance.', counted('Invocations')),
    family(
      'sm_local_invocation_4xx_errors_total',
      'counter',
      'Of these the ones that the container answered 4xx.',
      counted('Invocation4XXErrors'),
    ),
    family(
      'sm_local_invocation_5xx_errors_total',
      'counter',
      'Of these the ones that the container answered 5xx.',
      counted('Invocation5XXErrors'),
    ),
    family(
      'sm_local_invocation_model_errors_total',
      'counter',
      'Of these the ones that got no whole answer of status 2xx from the container.',
      counted('InvocationModelErrors'),
    ),
    family(
      'sm_local_refused_requests_total',
      'counter',
      'Requests that reached no instance, by the status they were answered with.',
      [...refused].map(([status, value]) => ({ labels: { status: String(status) }, value })),
    ),
    family('sm_local_model_latency_seconds', 'histogram', "Time of the container's answer.", latencies('ModelLatency')),
    family(
      'sm_local_overhead_latency_seconds',
      'histogram',
      'Time from the request to the end of the answer, less that of the container.',
      latencies('OverheadLatency'),
    ),
    family('sm_local_outstanding_requests', 'gauge', 'Requests that containers have not answered yet.', ofVariants(outstanding)),
    family(
      'sm_local_instances_in_rotation',
      'gauge',
      'Instances that take requests.',
      ofVariants(({ inRotation }) => inRotation.length),
    ),
    family(
      'sm_local_instances_desired',
      'gauge',
      'Instances that there should be.',
      ofVariants(({ wanted }) => wanted),
    ),
    family(
      'sm_local_instance_cpu_utilization_percent',
      'gauge',
      'Percent of one processor, summed up over all of them, since it was last asked for.',
      ofInstances(({ cpu }) => cpu),
    ),
    family(
      'sm_local_instance_cpu_seconds_total',
      'counter',
      'Seconds that processors have spent on the container.',
      ofInstances(({ cpuSeconds }) => cpuSeconds),
    ),
    family(
      'sm_local_instance_memory_bytes',
      'gauge',
      'Memory that the container holds.',
      ofInstances(({ memory }) => memory),
    ),
    family(
      'sm_local_instance_memory_limit_bytes',
      'gauge',
      'Memory that the container may have.',
      ofInstances(({ memoryLimit }) => memoryLimit),
    ),
  ].join('');
}

type Labels = Readonly<Record<string, string>>;

interface Sample {
  /** What follows the name of the family. */
  readonly suffix?: '_bucket' | '_sum' | '_count';
  readonly labels: Labels;
  readonly value: number;
}

const labelsOf = ({ endpoint, variant }: RunningVariant): Labels => ({ endpoint, variant });

const outstanding = ({ inRotation }: RunningVariant): number => inRotation.reduce((sum, instance) => sum + instance.outstanding, 0);

/** Microseconds in, seconds out. */
function histogram(labels: Labels, { count, sum }: Distribution, upTo: BoundedCounts): Sample[] {
  const buckets = upTo.cumulated().map((value, index) => ({ le: String((upTo.bounds[index] ?? 0) / 1e6), value }));
  return [
    ...[...buckets, { le: '+Inf', value: count }].map(({ le, value }) => ({
      suffix: '_bucket' as const,
      labels: { ...labels, le },
      value,
    })),
    { suffix: '_sum', labels, value: sum / 1e6 },
    { suffix: '_count', labels, value: count },
  ];
}

/** One without samples is not told about. */
function family(name: string, type: 'counter' | 'gauge' | 'histogram', help: string, samples: readonly Sample[]): string {
  if (samples.length === 0) return '';
  const lines = samples.map(({ suffix = '', labels, value }) => `${name}${suffix}{${labelText(labels)}} ${value}\n`);
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('')}`;
}

/** Name -> value, as they stand between the braces. */
export const labelText = (labels: Labels): string =>
  Object.entries(labels)
    .map(([name, value]) => `${name}="${value.replace(/[\\"\n]/g, (character) => escapes[character] ?? character)}"`)
    .join(',');

const escapes: Readonly<Record<string, string>> = { '\\': '\\\\', '"': '\\"', '\n': '\\n' };
