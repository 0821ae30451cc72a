import { longestName } from '../contract/names.ts';

/** A name, or where it is taken the next free one of `name-2`, `name-3`, …, its beginning cut so that the whole is a name. */
export function freeName(name: string, taken: readonly string[]): string {
  const known = new Set(taken);
  let free = name;
  for (let number = 2; known.has(free); number += 1) {
    const ending = `-${number}`;
    free = `${name.slice(0, longestName - ending.length).replace(/-+$/, '')}${ending}`;
  }
  return free;
}
