import { AlarmStates } from '../../src/hosting/alarms.ts';
import type { EndpointOptions } from '../../src/hosting/endpoint.ts';
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
