/** What can be listed, described and stopped, by the names the command line gives the kinds. */
export const kinds = ['training-job', 'endpoint'] as const;
export type Kind = (typeof kinds)[number];

/** What endpoints are made from: it does not run, so that it can be listed and described only. */
export const definitionKinds = ['model', 'endpoint-config'] as const;
export type DefinitionKind = (typeof definitionKinds)[number];

/** One of them as typed, also in the plural. */
export function kindCalled(text: string): Kind | DefinitionKind | undefined {
  const singular = text.toLowerCase().replace(/s$/, '');
  return [...kinds, ...definitionKinds].find((each) => each === singular);
}
