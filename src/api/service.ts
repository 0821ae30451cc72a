import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Account } from '../contract/names.ts';

/** Who asks, as the credential scope of the signature says; the defaults where there is none. */
export interface Caller extends Account {
  /** Undefined when the request is not signed. */
  readonly accessKeyId?: string;
  /** It came through the door for containers, so what it asks for may be a program's wish that is not the user's. */
  readonly isContainer?: boolean;
}

/** One request on its way to be answered. */
export interface Exchange {
  /** Its body is unread. */
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly caller: Caller;
  /** A UUID; every answer tells it. */
  readonly requestId: string;
}

/** Answers every request for one of AWS's services, mistakes of clients too; what it throws is a defect of ours. */
export type Service = (exchange: Exchange) => Promise<void>;

/** An error as AWS's clients see it. The JSON, the query and the XML protocols each have a form for it. */
export interface AwsError {
  /** `ValidationException` */
  readonly type: string;
  readonly status: number;
  readonly message: string;
}
