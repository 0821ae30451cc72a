import type { CreateEndpointConfigInput } from '@aws-sdk/client-sagemaker';
import type { EndpointEvent } from '../hosting/endpoint.ts';
import type { EndpointState, VariantPhase } from '../hosting/endpoint-state.ts';
import type { EndpointPlan } from '../hosting/generation.ts';
import type { EndpointRecord, Lasting, NextLasting } from '../hosting/record.ts';
import { livePlanOf } from './revival.ts';

/** What an event changes of an endpoint's record. `state`: undefined while the endpoint is being made; `time`: ISO 8601. */
export function notesOf(
  { status, failureReason, phase }: EndpointRecord,
  event: EndpointEvent,
  state: EndpointState | undefined,
  config: CreateEndpointConfigInput,
  time: string,
): Partial<EndpointRecord> {
  const [first] = state?.variants ?? [];
  const known = first && {
    ...{ variants: state?.variants, shadow: state?.shadow, image: first.image, imageId: first.imageId },
    configName: config.EndpointConfigName ?? '',
    dataCapture: config.DataCaptureConfig,
  };
  // An endpoint that was taken over is what it was before.
  const hasChanged = event.event === 'status' && (event.status !== status || event.failureReason !== failureReason);
  const changed = hasChanged && { status: event.status, lastModifiedTime: time, failureReason: event.failureReason };
  return { ...known, phase: phaseSince(state?.phase, phase, time), pending: state?.pending, ...changed };
}

/** With the time when it began. */
const phaseSince = (now: VariantPhase | undefined, before: EndpointRecord['phase'], time: string): EndpointRecord['phase'] =>
  now && (before?.status === now ? before : { status: now, since: time });

/** What the next process goes on with; as it was, while nothing serves. `next`: what an update is about to bring. */
export function lastingOf(before: Lasting, plan: EndpointPlan | undefined, state: EndpointState, next: NextLasting | undefined): Lasting {
  const live = plan && livePlanOf(plan, state);
  if (!plan?.origin || !live) return before;
  const { config, models } = plan.origin;
  return { config, models, live, ...(next !== undefined && { next }) };
}
