/** Waits for all of them, and then throws the first failure there was. */
export async function allThenThrow(all: readonly Promise<unknown>[]): Promise<void> {
  const results = await Promise.allSettled(all);
  const failed = results.find((result) => result.status === 'rejected');
  if (failed) throw failed.reason;
}
