import type { EndpointMetrics, VariantTotals } from '../hosting/metrics.ts';
import type { Monitor } from '../hosting/monitor.ts';
import { counted, latency } from '../units.ts';

/** How the variants that were invoked did from beginning to end, a line each. */
export function metricsSummary({ metrics }: Monitor): string {
  const invoked = metrics.all.filter((totals) => totals.metrics.Invocations.count > 0);
  const lines = invoked.map((totals) => `${totals.endpoint}/${totals.variant}: ${summaryOf(totals)}\n`);
  return (lines.join('') || 'Nothing was invoked.\n') + refusals(metrics);
}

/** `120 invocations, 3 errors (4xx 1, 5xx 2), model latency p50 4 ms, p99 9 ms` */
function summaryOf({ metrics }: VariantTotals): string {
  const { Invocations, Invocation4XXErrors, Invocation5XXErrors, InvocationModelErrors, ModelLatency } = metrics;
  const invocations = counted(Invocations.count, 'invocation');
  const [p50, p99] = [ModelLatency.percentile(50), ModelLatency.percentile(99)];
  if (p50 === undefined || p99 === undefined) return invocations;
  const of = InvocationModelErrors.sum === 0 ? '' : ` (4xx ${Invocation4XXErrors.sum}, 5xx ${Invocation5XXErrors.sum})`;
  return `${invocations}, ${counted(InvocationModelErrors.sum, 'error')}${of}, model latency p50 ${latency(p50)}, p99 ${latency(p99)}`;
}

/** Requests that reached no instance. */
function refusals({ refused }: EndpointMetrics): string {
  const statuses = [...refused].map(([status, count]) => `${count} with ${status}`);
  return statuses.length === 0 ? '' : `Refused before they reached an instance: ${statuses.join(', ')}\n`;
}
