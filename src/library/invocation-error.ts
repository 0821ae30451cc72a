/** The runtime API's error, as every client gets it. */
export class InvocationError extends Error {
  override readonly name = 'InvocationError';
  /** AWS's: `ModelError`, `ValidationError`, `ServiceUnavailable`, …; of a stream that broke off `ModelStreamError`. */
  readonly code: string;
  /** HTTP's: 424 for a ModelError. 200 of a stream that broke off. */
  readonly status: number;
  /** Of a ModelError: what the container answered. */
  readonly originalStatusCode: number | undefined;
  readonly originalMessage: string | undefined;
  /** Of a stream that broke off: `ModelInvocationTimeExceeded` or `StreamBroken`. */
  readonly errorCode: string | undefined;
  readonly requestId: string | undefined;

  constructor(
    code: string,
    message: string,
    detail: {
      readonly status: number;
      readonly originalStatusCode?: number | undefined;
      readonly originalMessage?: string | undefined;
      readonly errorCode?: string | undefined;
      readonly requestId?: string | undefined;
    },
  ) {
    super(`${code}: ${message}${detail.errorCode === undefined ? '' : ` (${detail.errorCode})`}`);
    this.code = code;
    this.status = detail.status;
    this.originalStatusCode = detail.originalStatusCode;
    this.originalMessage = detail.originalMessage;
    this.errorCode = detail.errorCode;
    this.requestId = detail.requestId;
  }
}
