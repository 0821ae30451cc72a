import type { InvocationOver } from '../hosting/reply.ts';

/**
 * Warns, once for each endpoint and direction, of bodies that pass the older limit, which AWS's API page still names: some regions and clients
 * may hold to it. `limit`: bytes. Source: contract hosting §17, conflicts.
 */
export function largeBodyWarnings(limit: number, tell: (message: string) => void): (over: InvocationOver) => void {
  const told = new Set<string>();
  const warn = (endpoint: string, what: string, size: number): void => {
    const key = `${endpoint}\0${what}`;
    if (size <= limit || told.has(key)) return;
    told.add(key);
    tell(`${what} of ${endpoint} has ${size} bytes: the API Reference of InvokeEndpoint allows ${limit}, the developer guide 25 MB.`);
  };
  return ({ endpoint, sent, received }) => {
    warn(endpoint, 'A request', sent);
    warn(endpoint, 'An answer', received);
  };
}
