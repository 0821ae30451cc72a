import { beginningOf, type Reply } from '../evidence/http-call.ts';

/** `3 ms`, `0.25 s`, `12 s`. */
export function duration(seconds: number): string {
  if (seconds < 0.1) return `${Math.max(1, Math.round(seconds * 1000))} ms`;
  return `${seconds < 10 ? Number(seconds.toFixed(2)) : Math.round(seconds)} s`;
}

/** What something is answered with: `status 400: the body is no JSON`, `nothing (no answer within 60 s)`. */
export function told(reply: Reply): string {
  if (reply.status === undefined) return `nothing (${reply.why})`;
  const beginning = beginningOf(reply);
  return `status ${reply.status}${beginning === '' ? '' : `: ${beginning}`}`;
}

/** `25 MB` of 25 * 1024². */
export const megabytes = (bytes: number): string => `${Number((bytes / 1024 ** 2).toFixed(1))} MB`;
