import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import type { ObjectAddress, ObjectStore } from '../../store/objects.ts';
import type { Uploads } from '../../store/uploads.ts';
import type { Caller } from '../service.ts';
import type { Target } from './target.ts';

/** Where everything is kept. */
export interface Stores {
  readonly objects: ObjectStore;
  readonly uploads: Uploads;
}

/** One request, as operations see it. */
export interface Call extends Stores, Target {
  readonly request: IncomingMessage;
  readonly caller: Caller;
  /** Of a header; of one that a presigned address has among its parameters, too. In lower case. */
  header(name: string): string | undefined;
  /** Every header, or parameter of a presigned address, that begins so, under the rest of its name. */
  headersAfter(prefix: string): ReadonlyMap<string, string>;
  /** Where buckets are that were made without a region. */
  readonly region: string;
  /** Milliseconds that a body may stand still. */
  readonly patience: number;
  /** Aborts when the client leaves. */
  readonly signal: AbortSignal;
}

export interface Answer {
  /** 200 when it is left out. */
  readonly status?: number;
  /** `undefined` stands for one that is not sent. */
  readonly headers?: Readonly<Record<string, string | number | undefined>>;
  /** Text is XML. */
  readonly body?: string | Readable;
}

/** What it throws is answered as S3 does. */
export type Operation = (call: Call) => Promise<Answer>;

export const addressOf = ({ bucket, key }: Target): ObjectAddress => ({ bucket, key });
