/** How an invocation went; told once, when nothing more of it will follow. */
export interface InvocationOver {
  readonly endpoint: string;
  readonly variant: string;
  readonly instance: string;
  readonly requestId: string;
  /** Status the client was answered with; 0 when it had left before. */
  readonly answered: number;
  /** The container's; 0 without one. */
  readonly status: number;
  readonly trouble: string | undefined;
  /** Bytes to and from the container. */
  readonly sent: number;
  readonly received: number;
  /** Milliseconds (performance.now() differences): from the arrival of the request to the end of the answer; of these the container's. */
  readonly took: number;
  readonly modelLatency: number;
}
