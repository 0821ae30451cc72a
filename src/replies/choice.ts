import { mismatches } from './matcher.ts';
import type { ReceivedRequest } from './received-request.ts';
import { isRule, type Replies, type Reply, type ReplyFunction, type Rule } from './reply.ts';

/** Which reply a request gets. Remembers what was used. */
export class Choice {
  readonly #rules: { readonly rule: Rule; left: number }[];
  readonly #inTurn: (Reply | ReplyFunction)[];

  constructor(replies: Replies) {
    const entries: readonly (Reply | ReplyFunction | Rule)[] = Array.isArray(replies) ? replies : [replies];
    this.#rules = entries.filter(isRule).map((rule) => ({ rule, left: rule.times ?? Number.POSITIVE_INFINITY }));
    this.#inTurn = entries.filter((entry): entry is Reply | ReplyFunction => !isRule(entry));
  }

  /** The reply; `unmatched`: that there is none, and why. */
  of(request: ReceivedRequest): { readonly reply: Reply | ReplyFunction } | { readonly unmatched: string } {
    const why: string[] = [];
    for (const entry of this.#rules) {
      const lacks = mismatches(entry.rule.when, request);
      if (lacks.length === 0 && entry.left > 0) {
        entry.left -= 1;
        return { reply: entry.rule.reply };
      }
      why.push(`Rule ${why.length + 1}: ${lacks.join('; ') || 'it is used up'}.`);
    }
    const reply = this.#inTurn.length > 1 ? this.#inTurn.shift() : this.#inTurn[0];
    if (reply !== undefined) return { reply };
    return { unmatched: ['No canned reply matches the request.', ...why].join(' ') };
  }
}
