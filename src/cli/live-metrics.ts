import type { Load } from '../hosting/load.ts';
import type { EndpointMetrics } from '../hosting/metrics.ts';
import type { Monitor } from '../hosting/monitor.ts';
import type { RunningVariant } from '../hosting/running-variant.ts';
import { every, type Ticker } from '../hosting/ticker.ts';
import { counted, latency, size } from '../units.ts';
import type { Sink } from './sink.ts';

/**
 * Shows in the last lines of a terminal how each variant does, one line each, once a second; nothing is asked of the engine when for some
 * time nothing was invoked and no instance has come or gone. Elsewhere nothing is shown. Disposing it takes the lines away.
 */
export function showLive(sink: Sink, monitor: Monitor, ticker: Ticker = every(1)): Disposable {
  const { showLast } = sink;
  if (!showLast) return { [Symbol.dispose]() {} };
  let loads: ReadonlyMap<string, Load> = new Map();
  let seen = '';
  let isOfInterest = 0;
  let shown = '';
  let isOver = false;
  const draw = (): void => {
    const width = sink.width ?? 80;
    const text = monitor
      .variants()
      .map((variant) => lineOf(variant, monitor.metrics, loads, width))
      .join('\n');
    if (isOver || text === shown) return;
    shown = text;
    showLast(text);
  };
  const look = async (): Promise<void> => {
    draw();
    const now = monitor
      .variants()
      .map((variant) => happening(variant, monitor.metrics))
      .join();
    if (now !== seen) isOfInterest = span;
    if (isOfInterest === 0) return;
    isOfInterest -= 1;
    seen = now;
    loads = await monitor.loads();
    draw();
  };
  const ticks = ticker(() => void look());
  void look();
  return {
    [Symbol.dispose]() {
      if (isOver) return; // the last lines are somebody else's by now
      isOver = true;
      ticks[Symbol.dispose]();
      showLast(undefined);
    },
  };
}

/** Seconds over which rates and percentiles are taken, and for which there is something to see after something happened. */
const span = 10;

/** When it changes, a variant is worth looking at for a while. */
function happening({ endpoint, variant, wanted, inRotation }: RunningVariant, metrics: EndpointMetrics): string {
  const { Invocations } = metrics.totals(endpoint, variant).metrics;
  return `${inRotation.map(({ id }) => id).join('+')}/${wanted} ${Invocations.count}`;
}

/** `demo/AllTraffic  12.3/s  p50 4 ms  p99 9 ms  4xx 0  5xx 0  2 of 2 instances  CPU 34 %  memory 120.0 MB` */
function lineOf(state: RunningVariant, metrics: EndpointMetrics, loads: ReadonlyMap<string, Load>, width: number): string {
  const { endpoint, variant, wanted, inRotation } = state;
  const { rate, p50, p99 } = metrics.recently(endpoint, variant, span);
  const { metrics: all } = metrics.totals(endpoint, variant);
  const [errors4xx, errors5xx] = [all.Invocation4XXErrors.sum, all.Invocation5XXErrors.sum];
  const others = all.InvocationModelErrors.sum - errors4xx - errors5xx;
  const known = inRotation.flatMap(({ id }) => loads.get(id) ?? []);
  const figures = [
    `${rate.toFixed(rate < 99.95 ? 1 : 0)}/s`,
    ...(p50 !== undefined && p99 !== undefined ? [`p50 ${latency(p50)}`, `p99 ${latency(p99)}`] : []),
    `4xx ${errors4xx}`,
    `5xx ${errors5xx}`,
    ...(others > 0 ? [`other errors ${others}`] : []),
    `${inRotation.length} of ${counted(wanted, 'instance')}`,
    ...(known.length > 0 ? [`CPU ${Math.round(sum(known, 'cpu'))} %`, `memory ${size(sum(known, 'memory'))}`] : []),
  ].join('  ');
  return `${clipped(`${endpoint}/${variant}`, width - 1 - figures.length - 2)}  ${figures}`;
}

const sum = (loads: readonly Load[], name: 'cpu' | 'memory'): number => loads.reduce((total, load) => total + load[name], 0);

/** The figures matter most: a name that leaves them no room loses its end, as far as it can still be told. */
function clipped(name: string, room: number): string {
  const length = Math.max(room, shortestName);
  return name.length <= length ? name : `${name.slice(0, length - 1)}…`;
}

const shortestName = 12;
