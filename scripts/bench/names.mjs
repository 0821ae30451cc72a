/** What was asked for by name is not there; the message says what is. */
export class UnknownName extends Error {
  constructor(what, names, known) {
    super(`There is no ${what} ${names.join(', ')}. There are: ${[...new Set(known)].join(' ')}`);
  }
}
