/** What a container was sent. */
export interface RequestParts {
  readonly method: string;
  /** With its query, if it has one. */
  readonly path: string;
  /** As the container saw them, names in lower case; the values of a name that came twice are joined by commas. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** When it had come. */
  readonly time: Date;
  readonly endpoint: string;
  readonly variant: string;
}

/** A request as a container received it. */
export class ReceivedRequest implements RequestParts {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly time: Date;
  readonly endpoint: string;
  readonly variant: string;
  /** The container's own status; undefined while it has not answered, and 0 when it never did: a time-out, a broken connection. */
  status: number | undefined;
  /** Of canned replies: why none of them was for it. */
  unmatched: string | undefined;

  constructor(parts: RequestParts) {
    this.method = parts.method;
    this.path = parts.path;
    this.headers = parts.headers;
    this.body = parts.body;
    this.time = parts.time;
    this.endpoint = parts.endpoint;
    this.variant = parts.variant;
  }

  /** The Content-Type header, with its parameters. */
  get contentType(): string | undefined {
    return this.headers['content-type'];
  }

  /** The body as UTF-8. */
  text(): string {
    return this.body.toString('utf8');
  }

  /** The body as JSON. Errors: SyntaxError. */
  json<T = unknown>(): T {
    return JSON.parse(this.text());
  }
}
