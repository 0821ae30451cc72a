import { structures } from './aws-shapes.ts';
import type { BrokenRule } from './broken-rule.ts';

/** What becomes of the members of one structure of a request. */
export interface MemberSupport {
  /** They have their effect. What is below them stands in the entry of its own structure. */
  readonly emulated?: readonly string[];
  /** Taken, kept, and shown by Describe where AWS shows them, but without effect here; so is all that is below them. Reported. */
  readonly stored?: readonly string[];
  /** Not taken: member -> what to do instead. */
  readonly refused?: Readonly<Record<string, string>>;
}

/** Of every structure of a request whose members are told of one by one. */
export type SupportTable = Readonly<Record<string, MemberSupport>>;

/** The members of a request that are stored and have no effect, as the caller wrote them: `OutputDataConfig.KmsKeyId`. `shape`: its own. */
export const storedIn = (table: SupportTable, shape: string, request: object): readonly string[] =>
  [...membersOf(table, shape, request, '')]
    .filter(({ support, member, value }) => support?.stored?.includes(member) && asksForSomething(value))
    .map(({ field }) => field);

/** The members of a request that cannot be honoured. */
export const refusedIn = (table: SupportTable, shape: string, request: object): readonly BrokenRule[] =>
  [...membersOf(table, shape, request, '')].flatMap(({ support, member, field, value }) => {
    const remedy = support?.refused?.[member];
    if (remedy === undefined || !asksForSomething(value)) return [];
    return [{ message: `${field} is not emulated by this version of sm-local.`, remedy }];
  });

interface Member {
  readonly member: string;
  readonly field: string;
  readonly value: unknown;
  readonly support: MemberSupport | undefined;
}

/** Every member that is there, down to those that have no entry of their own. */
function* membersOf(table: SupportTable, structure: string, value: object, field: string): Generator<Member> {
  const support = table[structure];
  for (const [member, content] of Object.entries(value)) {
    if (content === undefined || content === null) continue;
    const path = field === '' ? member : `${field}.${member}`;
    yield { member, field: path, value: content, support };
    const below = structures[structure]?.[member]?.replace(/(\[\])?!?$/, '') ?? '';
    if (!Object.hasOwn(table, below)) continue;
    if (!Array.isArray(content)) yield* membersOf(table, below, content, path);
    else for (const [index, item] of content.entries()) yield* membersOf(table, below, item, `${path}[${index}]`);
  }
}

/** Whether it would do anything in the cloud: an empty list, or a switch that is off, would not. */
function asksForSomething(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return value !== false && value !== null;
  return Object.values(value).some(asksForSomething);
}
