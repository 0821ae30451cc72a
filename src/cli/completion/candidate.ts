/** What a word may become. One that ends in `=`, `/` or `@` is not yet whole: no space comes behind it. */
export interface Candidate {
  readonly text: string;
  readonly describe?: string;
}

export const plain = (texts: readonly string[]): readonly Candidate[] => texts.map((text) => ({ text }));

export const startingWith = (typed: string, candidates: readonly Candidate[]): readonly Candidate[] =>
  candidates.filter(({ text }) => text.startsWith(typed));

/** The same with something in front of each. */
export const led = (lead: string, candidates: readonly Candidate[]): readonly Candidate[] =>
  candidates.map((candidate) => ({ ...candidate, text: `${lead}${candidate.text}` }));
