/** Several pieces of work at a time, and no more: their results by name, each as soon as it is there. */
export function atATime<W extends { readonly name: string }, T>(
  count: number,
  work: readonly W[],
  run: (work: W) => Promise<T>,
): ReadonlyMap<string, Promise<T>> {
  const lanes = Array.from({ length: count }, () => Promise.resolve());
  return new Map(
    work.map((each, index) => {
      const result = (lanes[index % count] ?? Promise.resolve()).then(() => run(each));
      lanes[index % count] = result.then(
        () => {},
        () => {},
      );
      result.catch(() => {}); // told by the test that awaits it
      return [each.name, result];
    }),
  );
}
