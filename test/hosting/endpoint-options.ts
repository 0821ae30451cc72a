import { limitsOf } from '../../src/contract/limits.ts';
import { AlarmStates } from '../../src/hosting/alarms.ts';
import type { EndpointOptions } from '../../src/hosting/endpoint.ts';
import type { VariantPlan } from '../../src/hosting/fleet.ts';
import { planVariant, type VariantInput } from '../../src/hosting/plan.ts';
import { instanceLog } from '../support/instance-log.ts';

/** What an endpoint of a test has that its test does not care for. */
export const endpointOptions: EndpointOptions = {
  startAttempts: 3,
  patience: 1,
  random: Math.random,
  alarms: new AlarmStates(),
  pace: 1,
  newInstanceId: () => 'i-1',
  onEvent: () => {},
  openLog: async () => instanceLog(),
};

/** What a variant of a test says of itself. */
export type GivenVariant = Partial<VariantInput> & { readonly image: string };

/** A variant that is as usual but for what is said. */
export const variantWith = ({ limits, ...given }: GivenVariant): VariantPlan =>
  planVariant({
    ...{ environment: {}, region: 'us-east-1', isNetworkIsolated: false, mounts: [], labels: {} },
    limits: limits ?? limitsOf('serving', { 'stop-grace': 5 }),
    ...given,
  });
