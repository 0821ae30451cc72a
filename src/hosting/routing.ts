import type { EndpointStatus } from '@aws-sdk/client-sagemaker';
import type { DataCapture } from './capture/data-capture.ts';
import type { Upstream } from './upstream.ts';

/** What the invocation handler sees of an endpoint. */
export interface Invocable {
  readonly name: string;
  readonly status: EndpointStatus;
  /** For a request that names a variant, or for any. Whoever sends it something holds the upstream in the same moment. */
  choose(targetVariant: string | undefined): Choice;
  /** An instance of the shadow variant, held, if this request is to be copied to it. */
  shadow?(): Slot | undefined;
}

/** Where a request goes, or why it goes nowhere. */
export type Choice = Slot | { readonly kind: 'unknown-variant' } | { readonly kind: 'no-capacity' };

export interface Slot {
  readonly kind: 'slot';
  readonly variant: string;
  /** The container's name in error texts. */
  readonly container: string;
  readonly upstream: Upstream;
  /** Writes down what goes through it; undefined where nothing is captured. */
  readonly capture: DataCapture | undefined;
}

/** `RoutingConfig.RoutingStrategy`. PREFIX_AWARE is refused before. Source: API Reference, ProductionVariantRoutingConfig. */
export type RoutingStrategy = 'RANDOM' | 'LEAST_OUTSTANDING_REQUESTS';

/** A number from 0 to just below 1, as of Math.random. */
export type Random = () => number;

/**
 * One of the ways in rotation. One that is in doubt is chosen only where there is no other. Of several with the fewest requests any may be
 * chosen. On the hot path, so without lists in between. Source of the strategies: contract hosting §12.3.
 */
export function pickUpstream(upstreams: readonly Upstream[], strategy: RoutingStrategy, random: Random): Upstream | undefined {
  if (upstreams.length < 2) return upstreams[0];
  let best = Number.POSITIVE_INFINITY;
  let equals = 0;
  for (const upstream of upstreams) {
    const rank = rankOf(upstream, strategy);
    if (rank > best) continue;
    equals = rank < best ? 1 : equals + 1;
    best = rank;
  }
  let skip = Math.floor(random() * equals);
  for (const upstream of upstreams) {
    if (rankOf(upstream, strategy) !== best) continue;
    if (skip === 0) return upstream;
    skip -= 1;
  }
  return undefined;
}

/** The least is the best. */
const rankOf = ({ isSuspect, running }: Upstream, strategy: RoutingStrategy): number =>
  (isSuspect ? 2 ** 32 : 0) + (strategy === 'RANDOM' ? 0 : running);

/**
 * One of several by its share of the sum of weights; undefined when all weigh nothing. Source: API Reference, ProductionVariant,
 * InitialVariantWeight.
 */
export function pickByWeight<T extends { readonly weight: number }>(of: readonly T[], random: Random): T | undefined {
  const sum = of.reduce((total, { weight }) => total + weight, 0);
  if (sum <= 0) return undefined;
  let left = random() * sum;
  for (const each of of) {
    left -= each.weight;
    if (left < 0) return each;
  }
  return of.findLast(({ weight }) => weight > 0); // the sum of floating weights may be off by a trifle
}
