import { elapsed } from '../../units.ts';
import { beginningOf, type Reply } from '../evidence/http-call.ts';
import type { StartUp } from '../evidence/start-up.ts';
import type { Strain } from '../evidence/strain.ts';

/** What something is answered with: `status 400: the body is no JSON`, `nothing: no answer within 60 s`. */
export function told(reply: Reply): string {
  if (reply.status === undefined) return `nothing: ${reply.why}`;
  const beginning = beginningOf(reply);
  return `status ${reply.status}${beginning === '' ? '' : `: ${beginning}`}`;
}

/** How a start failed, or went, as a clause: `the container ended with exit code 1`, `GET /ping was answered with status 503: not ready`. */
export function toldStartUp(startUp: StartUp): string {
  switch (startUp.state) {
    case 'ready':
      return `GET /ping was answered with 200 after ${elapsed(startUp.after)}`;
    case 'not-startable':
      return `the container could not be started: ${startUp.why}`;
    case 'ended':
      return startUp.exit.oomKilled
        ? 'the container was killed for want of memory'
        : `the container ended with exit code ${startUp.exit.code}`;
    case 'loopback':
      return `the server listened on ${startUp.address} alone, which nobody outside the container reaches`;
    case 'elsewhere':
      return `the server listened on port ${startUp.port}`;
    case 'silent':
      return `nothing listened on its port within ${elapsed(startUp.after)}`;
    case 'unhealthy':
      return `GET /ping was answered with ${told(startUp.last)}`;
  }
}

/** Why times that were measured do not count. */
export const toldStrain = ({ others, late }: Strain): string =>
  `Other programs took ${Math.round(others * 100)}% of this machine meanwhile, and this one was ${elapsed(late)} late at the worst, so that it need not be the server's fault.`;

export const howToRelieve = 'Check again when this machine has less to do.';
