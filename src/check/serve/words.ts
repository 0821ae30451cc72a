import { beginningOf, type Reply } from '../evidence/http-call.ts';

/** What something is answered with: `status 400: the body is no JSON`, `nothing: no answer within 60 s`. */
export function told(reply: Reply): string {
  if (reply.status === undefined) return `nothing: ${reply.why}`;
  const beginning = beginningOf(reply);
  return `status ${reply.status}${beginning === '' ? '' : `: ${beginning}`}`;
}
