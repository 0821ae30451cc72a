/** The value without members that are null, at any depth: on the wire null means absent. Items of lists stay as they are. */
export function withoutNulls<T>(value: T): T {
  if (Array.isArray(value)) return value.map((item: unknown) => withoutNulls(item)) as T;
  if (typeof value !== 'object' || value === null || value instanceof Date) return value;
  const members = Object.entries(value).filter(([, content]) => content !== null && content !== undefined);
  return Object.fromEntries(members.map(([name, content]) => [name, withoutNulls(content as unknown)])) as T;
}
