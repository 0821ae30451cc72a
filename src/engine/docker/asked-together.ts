/**
 * Those who ask for the same in one turn of the event loop share an answer. It is as fresh as one of their own: nothing that this process hears of
 * in that turn came later than the question went out. Twenty jobs of one image that begin together spare the engine 30 ms of their 3 seconds.
 */
export function askedTogether<T>(ask: (what: string) => Promise<T>): (what: string) => Promise<T> {
  const asked = new Map<string, Promise<T>>();
  return (what) => {
    const known = asked.get(what);
    if (known) return known;
    const answer = ask(what);
    asked.set(what, answer);
    setImmediate(() => asked.delete(what));
    return answer;
  };
}
