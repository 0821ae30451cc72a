import type { Dockerfile } from '../dockerfile.ts';
import type { BuildSpec } from '../engine.ts';

/** What steps and options say of secrets that does not fit: BuildKit leaves the file out and goes on, unless the mount says `required`. */
export function unmatchedSecrets({ instructions }: Dockerfile, { secrets = new Map() }: Pick<BuildSpec, 'secrets'>): readonly string[] {
  const mounts = instructions.flatMap(({ name, words, line }) => (name === 'RUN' ? words.flatMap((word) => secretOf(word, line)) : []));
  const missing = mounts.filter(({ id }) => !secrets.has(id));
  const unused = [...secrets.keys()].filter((id) => !mounts.some((mount) => mount.id === id));
  return [
    ...missing.map(({ id, line }) => `The step in line ${line} asks for the secret ${id}, which is not given: --secret id=${id},src=FILE.`),
    ...unused.map((id) => `No step asks for the secret ${id}, which is given.`),
  ];
}

function secretOf(word: string, line: number): readonly { readonly id: string; readonly line: number }[] {
  if (!word.startsWith('--mount=')) return [];
  const fields = new Map(
    word
      .slice('--mount='.length)
      .split(',')
      .map((field) => [field.split('=')[0] ?? '', field.slice(field.indexOf('=') + 1)]),
  );
  if (fields.get('type') !== 'secret') return [];
  const target = fields.get('target') ?? fields.get('dst') ?? fields.get('destination');
  const id = fields.get('id') ?? target?.split('/').at(-1);
  return id === undefined ? [] : [{ id, line }];
}
