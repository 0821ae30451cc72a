import * as advice from './advice.ts';
import { printEnumSet } from './enum-set.ts';
import { brokenParts, type Rule } from './rules.ts';
import type { Violation } from './violations.ts';
import { typeError, type WireType } from './wire-types.ts';

/** A member of a request of one of the services beside SageMaker, whose shapes are written by hand where they are served. */
export interface Member {
  readonly type: WireType;
  readonly rule?: Rule;
  readonly values?: readonly string[];
  readonly isRequired?: boolean;
  /** Of a list. */
  readonly item?: Member;
  /** Of a structure. */
  readonly members?: Members;
}

export type Members = Readonly<Record<string, Member>>;

/** Everything wrong with a request, in the order of its members. What AWS does not know is dropped, as the services do. */
export const memberViolations = (members: Members, request: object): readonly Violation[] => [...inStructure(members, request, '', '')];

/** For tables of members. */
export const required = (member: Member): Member => ({ ...member, isRequired: true });
export const string = (rule?: Rule, values?: readonly string[]): Member => ({
  type: 'string',
  ...(rule && { rule }),
  ...(values && { values }),
});
export const integer = (rule?: Rule): Member => ({ type: 'Long', ...(rule && { rule }) });
export const number = (rule?: Rule): Member => ({ type: 'Float', ...(rule && { rule }) });
export const boolean: Member = { type: 'boolean' };
export const timestamp: Member = { type: 'timestamp' };
export const listOf = (item: Member, rule?: Rule): Member => ({ type: 'list', item, ...(rule && { rule }) });
export const structure = (members: Members): Member => ({ type: 'structure', members });

type Found = Generator<Violation, void>;

function* inStructure(members: Members, request: object, path: string, field: string): Found {
  const given = request as Readonly<Record<string, unknown>>;
  for (const [name, member] of Object.entries(members)) {
    const value = Object.hasOwn(given, name) ? given[name] : undefined;
    const at = `${path}${path && '.'}${name.charAt(0).toLowerCase()}${name.slice(1)}`;
    const below = `${field}${field && '.'}${name}`;
    if (value !== undefined && value !== null) yield* inValue(member, value, at, below);
    else if (member.isRequired) yield broken(undefined, at, below, 'Member must not be null', advice.missing(below));
  }
}

function* inValue(member: Member, value: unknown, path: string, field: string): Found {
  const wrong = typeError(member.type, value);
  if (wrong !== undefined) {
    yield { kind: 'type', path, field, value, constraint: wrong, advice: advice.wrongType(field, member.type, value) };
    return;
  }
  const { rule, values, item } = member;
  if (values && !values.includes(value as string)) {
    const constraint = `Member must satisfy enum value set: ${printEnumSet(values)}`;
    yield broken(value, path, field, constraint, advice.notInEnum(field, String(value), values));
  }
  for (const part of rule ? brokenParts(rule, value) : [])
    yield broken(value, path, field, part.constraint, advice.broken(field, value, part, rule ?? {}));
  if (item) {
    for (const [index, each] of (value as readonly unknown[]).entries())
      yield* inValue(item, each, `${path}.${index + 1}.member`, `${field}[${index}]`);
  }
  if (member.members) yield* inStructure(member.members, value as object, path, field);
}

const broken = (value: unknown, path: string, field: string, constraint: string, said: string): Violation => ({
  kind: 'constraint',
  path,
  field,
  value,
  constraint,
  advice: said,
});
