/** Calls again and again until it is disposed. */
export type Ticker = (tick: () => void) => Disposable;

export const every =
  (seconds: number): Ticker =>
  (tick) => {
    const timer = setInterval(tick, seconds * 1000).unref();
    return { [Symbol.dispose]: () => clearInterval(timer) };
  };
