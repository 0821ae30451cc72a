/** What an AWS query says, put together from its pairs: texts, lists and structures, as its JSON would. */
export type FormValue = string | readonly FormValue[] | { readonly [member: string]: FormValue };

/**
 * The members of a request in AWS's query protocol: `Names.member.1=a&Filter.Name=b` is `{ Names: ['a'], Filter: { Name: 'b' } }`. Undefined where
 * the same member is two things at once, or where one lies deeper than any of AWS's. Source: Smithy, "AWS query protocol".
 */
export function formMembers(pairs: Iterable<readonly [name: string, value: string]>): Readonly<Record<string, FormValue>> | undefined {
  const root: Branch = new Map();
  for (const [name, value] of pairs) if (!plant(root, name.split('.'), value)) return undefined;
  return structureOf(root);
}

type Branch = Map<string, Branch | string>;

/** Names have a few parts only; some thousand would make each of many steps below a deep one. */
const deepest = 16;

function plant(root: Branch, parts: readonly string[], value: string): boolean {
  if (parts.length > deepest) return false;
  let branch = root;
  for (const part of parts.slice(0, -1)) {
    const next = branch.get(part) ?? new Map<string, Branch | string>();
    if (typeof next === 'string') return false;
    branch.set(part, next);
    branch = next;
  }
  const last = parts.at(-1) ?? '';
  if (branch.get(last) instanceof Map) return false;
  branch.set(last, value);
  return true;
}

const structureOf = (branch: Branch): Readonly<Record<string, FormValue>> =>
  Object.fromEntries([...branch].map(([name, value]) => [name, typeof value === 'string' ? value : valueIn(value)]));

function valueIn(branch: Branch): FormValue {
  const list = branch.size === 1 ? branch.get('member') : undefined;
  const isList = list instanceof Map && [...list.keys()].every((key) => /^\d{1,6}$/.test(key));
  if (!isList) return structureOf(branch);
  const items = [...list].sort(([one], [other]) => Number(one) - Number(other));
  return items.map(([, value]) => (typeof value === 'string' ? value : valueIn(value)));
}
