import type { IncomingMessage } from 'node:http';

/** What the guard must know of this machine. */
export interface GuardOptions {
  /** Names and addresses under which containers reach this process, without a port. */
  readonly hosts: () => readonly string[];
}

/**
 * Why a request is not answered at all, if so: its Host or its Origin is somebody else's site. A web page may have a browser send requests to
 * this machine, under a name of its own that leads here (DNS rebinding) or across origins; no client of AWS's ever does.
 */
export function refusalOf({ headers }: Pick<IncomingMessage, 'headers'>, { hosts }: GuardOptions): string | undefined {
  const isOurs = (name: string): boolean =>
    isLocal(name) || isAws.test(name) || hosts().some((host) => name === host || name.endsWith(`.${host}`));
  const { host, origin } = headers;
  const name = host === undefined ? undefined : hostname(host);
  if (name !== undefined && !isOurs(name)) return `The Host header names ${JSON.stringify(host)}, which is not an address of sm-local.`;
  if (origin !== undefined && !isLocalOrigin(origin)) return `The Origin ${JSON.stringify(origin)} may not use sm-local.`;
  return undefined;
}

/** A virtual-hosted bucket is `<bucket>.localhost` or a name of AWS's, which nobody else can make lead here. */
const isLocal = (name: string): boolean =>
  name === 'localhost' || name.endsWith('.localhost') || /^127(?:\.\d{1,3}){3}$/.test(name) || name === '[::1]';
const isAws = /(?:^|\.)amazonaws\.com(?:\.cn)?$/;

/** Without its port, in lower case. */
const hostname = (host: string): string => host.trim().toLowerCase().replace(/:\d*$/, '').replace(/\.$/, '');

function isLocalOrigin(origin: string): boolean {
  try {
    return isLocal(new URL(origin).hostname);
  } catch {
    return false; // "null": a page of a file or a sandbox, which may be anybody's
  }
}
