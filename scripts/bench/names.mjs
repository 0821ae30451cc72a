/** What was asked for by name is not there; the message says what is. */
export class UnknownName extends Error {
  constructor(what, names, known) {
    super(`There is no ${what} ${names.join(', ')}. There are: ${[...new Set(known)].join(' ')}`);
  }
}

/** Those whose `id` is among the names, or all where there are none. Errors: UnknownName. */
export function named(what, all, names) {
  const known = all.map(({ id }) => id);
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0) throw new UnknownName(what, unknown, known);
  return names.length === 0 ? all : all.filter(({ id }) => names.includes(id));
}
