import { createHash } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createAtomically } from './atomic.ts';
import { codeOf, diskTrouble } from './disk-trouble.ts';
import type { Home } from './home.ts';
import { isAlive } from './owner.ts';
import type { Records } from './records.ts';

/**
 * Makes `heir`, a living owner, the owner of a record whose own is gone; undefined when there is no such record, when its owner lives, or
 * when somebody else took it over in the same moment.
 *
 * Whoever creates the file `<owner>.<digest of the record's place>.heir` follows that owner. An heir that dies before the record says so is
 * followed in the same way, so that at any moment the chain of such files ends at one owner. Owners' ids are never used again.
 * Errors: DiskTrouble.
 */
export async function takeOver<T extends { readonly owner: string }>(
  home: Home,
  records: Records<T>,
  name: string,
  heir: string,
): Promise<T | undefined> {
  for (;;) {
    const record = await records.read(name);
    if (record === undefined || (await isAlive(home, record.owner))) return undefined;
    const claimed = await claim(home, record.owner, digestOf(`${records.kind}/${name}`), heir);
    if (claimed === undefined) return undefined;
    // Between the reading and the claim another heir may have come and gone, and its claims with it.
    const now = await records.read(name);
    if (now?.owner === record.owner) {
      const taken = { ...now, owner: heir };
      await records.update(name, taken);
      await Promise.all(claimed.map((path) => rm(path, { force: true })));
      return taken;
    }
    await rm(claimed.at(-1) ?? '', { force: true });
  }
}

/** The files of the chain from `owner` to `heir`, the last of them made now; undefined when a living owner stands in it. */
async function claim(home: Home, owner: string, digest: string, heir: string): Promise<string[] | undefined> {
  const chain: string[] = [];
  for (let last = owner; ; ) {
    const path = join(home.owners, `${last}.${digest}${heirSuffix}`);
    try {
      await createAtomically(path, heir);
      return [...chain, path];
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw diskTrouble('write', path, error);
    }
    const other = await heirIn(path);
    if (other === undefined) continue; // removed in this moment: its record names another owner by now, which the caller sees
    if (await isAlive(home, other)) return undefined;
    chain.push(path);
    last = other;
  }
}

async function heirIn(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw diskTrouble('read', path, error);
  }
}

export const heirSuffix = '.heir';

const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 16);
