import { channel } from 'node:diagnostics_channel';

/**
 * What was decided, and why, in a line for people. Told to whoever listens in this process, and to nobody as a rule: then it costs next to nothing.
 */
export interface Trace {
  readonly message: string;
}

const traces = channel('sm-local.trace');

/** `message` is only made when somebody listens. */
export function trace(message: () => string): void {
  if (traces.hasSubscribers) traces.publish({ message: message() } satisfies Trace);
}

/** Listens until it is disposed. */
export function onTrace(listener: (trace: Trace) => void): Disposable {
  const listen = (message: unknown): void => listener(message as Trace);
  traces.subscribe(listen);
  return { [Symbol.dispose]: () => void traces.unsubscribe(listen) };
}
