import { validateHeaderName, validateHeaderValue } from 'node:http';
import { fail } from '../errors.ts';
import { bytesOf } from './bytes.ts';
import { checkMatcher, type Matcher } from './matcher.ts';
import type { ReceivedRequest } from './received-request.ts';

/** What a container answers: text, bytes, or an answer in all its parts. */
export type Reply = string | Uint8Array | Answer;

/** An answer in its parts. One of `body`, `chunks`, `hangs` and `closes` at most, but that what goes out before the last two may be `chunks`. */
export interface Answer {
  /** 200 by default. */
  readonly status?: number;
  /** By default what the body is: `text/plain; charset=utf-8`, `application/octet-stream`, `application/json`. */
  readonly contentType?: string;
  /** Besides. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Text, bytes, or what becomes JSON; empty by default. */
  readonly body?: string | Uint8Array | object;
  /** Parts that go out one after the other. */
  readonly chunks?: readonly (string | Uint8Array)[];
  /** Milliseconds before the answer begins. */
  readonly delay?: number;
  /** Milliseconds before each chunk but the first. */
  readonly interval?: number;
  /** Nothing follows, and the connection stays: it is for the limits to end it. */
  readonly hangs?: true;
  /** The connection breaks off. */
  readonly closes?: true;
}

/** Works out the reply. What it throws becomes a 500 of the container. */
export type ReplyFunction = (request: ReceivedRequest) => Reply | Promise<Reply>;

/** A reply for some requests. */
export interface Rule {
  readonly when: Matcher;
  readonly reply: Reply | ReplyFunction;
  /** How often at most; without end by default. */
  readonly times?: number;
}

/**
 * One reply for all; or a list. In a list the first rule that a request matches, and that is not used up, has its reply; other requests get the
 * replies without a rule one after the other, of which the last one stays.
 */
export type Replies = Reply | ReplyFunction | readonly (Reply | ReplyFunction | Rule)[];

/** Refuses what no reply can be, before anybody is answered with it. Errors: WrongUsage. */
export function checkReplies(replies: Replies): void {
  for (const each of Array.isArray(replies) ? replies : [replies]) {
    if (isRule(each)) checkRule(each);
    checkReply(isRule(each) ? each.reply : each);
  }
}

function checkRule({ when, times }: Rule): void {
  checkMatcher(when);
  if (times !== undefined && !(Number.isInteger(times) && times >= 1))
    throw wrong(`times: ${JSON.stringify(times)} is no number of requests.`);
}

export const isRule = (entry: Reply | ReplyFunction | Rule): entry is Rule =>
  typeof entry === 'object' && entry !== null && bytesOf(entry) === undefined && 'when' in entry;

/** Errors: WrongUsage. */
export function checkReply(reply: unknown): asserts reply is Reply | ReplyFunction {
  if (typeof reply === 'string' || typeof reply === 'function' || bytesOf(reply)) return;
  if (typeof reply !== 'object' || reply === null || Array.isArray(reply)) throw wrong(`${JSON.stringify(reply)} is no reply.`);
  const unknown = Object.keys(reply).filter((name) => !members.has(name));
  if (unknown.length > 0) throw wrong(`A reply has no ${unknown.join(', ')}.`);
  const { status = 200, body, chunks, hangs, closes, headers = {}, contentType = '' }: Answer = reply;
  if (!Number.isInteger(status) || status < 200 || status > 599) throw wrong(`${status} is no status of an answer.`);
  for (const [name, time] of Object.entries({ delay: (reply as Answer).delay, interval: (reply as Answer).interval })) {
    if (time !== undefined && !(typeof time === 'number' && time >= 0))
      throw wrong(`${name}: ${JSON.stringify(time)} are no milliseconds.`);
  }
  for (const [name, choice] of Object.entries({ hangs, closes })) {
    if (choice !== undefined && choice !== true) throw wrong(`${name}: ${JSON.stringify(choice)} is not true.`);
  }
  if (chunks !== undefined && !(Array.isArray(chunks) && chunks.every((chunk) => typeof chunk === 'string' || bytesOf(chunk))))
    throw wrong('chunks is no list of texts or bytes.');
  if (typeof headers !== 'object' || headers === null || !Object.entries({ 'content-type': contentType, ...headers }).every(isHeader))
    throw wrong(`headers: ${JSON.stringify(headers)} cannot be those of an answer.`);
  const said = Object.entries({ body, 'hangs or closes': hangs ?? closes }).filter(([, value]) => value !== undefined);
  if (said.length > 1 || (body !== undefined && chunks !== undefined) || (hangs && closes)) {
    throw wrong('A reply has a body, or chunks, or it hangs or closes, of which only chunks may come first.');
  }
}

function isHeader([name, value]: [string, unknown]): boolean {
  try {
    validateHeaderName(name);
    validateHeaderValue(name, value as string);
    return typeof value === 'string';
  } catch {
    return false;
  }
}

const members: ReadonlySet<string> = new Set<keyof Answer>([
  'status',
  'contentType',
  'headers',
  'body',
  'chunks',
  'delay',
  'interval',
  'hangs',
  'closes',
]);

const wrong = (message: string): Error =>
  fail('WrongUsage', {
    message,
    remedy: 'Write text, bytes, or { status, contentType, body, … }; an object that is to be JSON is the body.',
  });
