/** What can be listed, described and stopped, by the names the command line gives the kinds. */
export const kinds = ['training-job', 'endpoint'] as const;
export type Kind = (typeof kinds)[number];

/** What endpoints are made from: it does not run, so that it can be listed and described only. */
export const definitionKinds = ['model', 'endpoint-config'] as const;
export type DefinitionKind = (typeof definitionKinds)[number];

/** One of them as typed, also in the plural; `jobs` are those of training, as long as there are no others. */
export function kindCalled(text: string): Kind | DefinitionKind | undefined {
  const typed = text.toLowerCase().replace(/s$/, '');
  const singular = typed === 'job' ? 'training-job' : typed;
  return [...kinds, ...definitionKinds].find((each) => each === singular);
}
