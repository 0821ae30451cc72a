/** What runs here would be refused by AWS, so whoever takes the file there is told. */
export const filledInWarnings = (members: readonly string[]): readonly string[] =>
  members.length === 0
    ? []
    : [`AWS requires ${members.join(', ')}, which the request leaves out; sm-local has filled ${members.length === 1 ? 'it' : 'them'} in.`];
