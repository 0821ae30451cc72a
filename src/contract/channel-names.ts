import { fail } from '../errors.ts';

/** How the names of a channel's files follow from the keys of its objects. */
export type Naming =
  /** An S3Prefix; `prefix` is the key part of its `S3Uri`. */
  | { readonly kind: 'prefix'; readonly prefix: string }
  /** A manifest. `relative` drops its prefix. */
  | { readonly kind: 'manifest'; readonly prefix: string; readonly names: ManifestNames };

/**
 * What File mode calls the objects of a manifest below the channel's directory: one published log shows whole keys
 * (sagemaker-python-sdk issue 723); `relative` is for those who find otherwise.
 */
export type ManifestNames = 'whole-key' | 'relative';

/** An object as its store lists it. */
export interface KeyedObject {
  readonly key: string;
  /** Bytes. */
  readonly size: number;
}

/** Whether the object only stands for a directory, as the S3 console makes them: File mode makes no file of it, and nothing is streamed. */
export const isDirectoryMarker = ({ key, size }: KeyedObject): boolean => size === 0 && key.endsWith('/');

/** What stands before the local names in the keys of the objects, which are no directory markers (contract §5.2). */
export function beforeNames(objects: readonly KeyedObject[], naming: Naming): string {
  const { prefix } = naming;
  if (naming.kind === 'manifest') return naming.names === 'relative' ? prefix : '';
  if (prefix === '' || prefix.endsWith('/')) return prefix;
  // A prefix that ends in the middle of a name leaves the names whole (sagemaker-python-sdk issue 3612).
  const isDirectory = objects.every(({ key }) => key.startsWith('/', prefix.length));
  return isDirectory ? `${prefix}/` : prefix.slice(0, prefix.lastIndexOf('/') + 1);
}

/**
 * Paths below `input/data/<channel>/`, one for each object and in their order, for objects that are no directory markers.
 *
 * @param before what stands before the names in all keys
 * @param what whose objects they are, for messages: `Channel "train"`
 * @throws InputNameInvalid for a key that cannot be the path of a file, InputNamesClash for two that cannot be files of one directory
 */
export function localNames(objects: readonly KeyedObject[], before: string, what: string): readonly string[] {
  const names = objects.map(({ key }) => pathOf(key.slice(before.length), key, what));
  refuseClashes(names, objects, what);
  return names;
}

/** The longest name of a file on Linux, in bytes. */
const longestName = 255;

/** Without empty parts and `.`, which mean nothing in a path. */
function pathOf(name: string, key: string, what: string): string {
  const refuse = (why: string): Error => fail('InputNameInvalid', { what, key, why });
  if (name.includes('\0')) throw refuse('it has a zero byte in it');
  if (name.endsWith('/')) throw refuse('it ends in "/" and has content');
  const parts = name.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.length === 0) throw refuse('nothing is left of it for a name');
  if (parts.includes('..')) throw refuse('".." would lead out of the directory of the channel');
  if (parts.some((part) => part.length * 3 > longestName && byteLength(part) > longestName)) {
    throw refuse(`a part of it is longer than the ${longestName} bytes a file name can have`);
  }
  return parts.join('/');
}

const byteLength = (text: string): number => new TextEncoder().encode(text).length;

/** Two objects with one name, or a file where others need a directory. The same object named twice is no clash. */
function refuseClashes(names: readonly string[], objects: readonly KeyedObject[], what: string): void {
  const keyOf = (index: number): string => objects[index]?.key ?? '';
  const files = new Map<string, number>();
  for (const [index, name] of names.entries()) {
    const other = files.get(name);
    if (other === undefined) files.set(name, index);
    else if (keyOf(other) !== keyOf(index)) throw fail('InputNamesClash', { what, name, one: keyOf(other), other: keyOf(index) });
  }
  const directories = new Set<string>();
  for (const [name, index] of files) {
    for (let end = name.lastIndexOf('/'); end > 0; end = name.lastIndexOf('/', end - 1)) {
      const directory = name.slice(0, end);
      if (directories.has(directory)) break; // so are those above it
      const file = files.get(directory);
      if (file !== undefined) throw fail('InputNamesClash', { what, name: directory, one: keyOf(file), other: keyOf(index) });
      directories.add(directory);
    }
  }
}
