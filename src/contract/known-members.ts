import { inputs, type Operation, structures } from './aws-shapes.ts';

/** A request as the service takes it from the wire. */
export interface KnownRequest {
  /** Without members that are null, and without those that AWS does not have. What is of a wrong type is left for validation. */
  readonly request: Readonly<Record<string, unknown>>;
  /** What was left out: `ProductionVariants[0].Colour`. */
  readonly unknown: readonly string[];
}

/** Clients drop nulls, and the service drops members that it does not know, at any depth. */
export function knownMembers(operation: Operation, request: unknown): KnownRequest {
  const unknown: string[] = [];
  const known = inType(inputs[operation], request, '', unknown);
  return { request: (isObject(known) ? known : {}) as KnownRequest['request'], unknown };
}

/** `type` in the notation of aws-shapes.ts. */
function inType(type: string, value: unknown, field: string, unknown: string[]): unknown {
  if (type.endsWith('!')) return inType(type.slice(0, -1), value, field, unknown);
  if (type.endsWith('[]')) {
    if (!Array.isArray(value)) return value;
    return value.map((item: unknown, index) => inType(type.slice(0, -2), item, `${field}[${index}]`, unknown));
  }
  if (!isObject(value)) return value;
  if (type.endsWith('{}')) return Object.fromEntries(Object.entries(value).filter(([, content]) => isPresent(content)));
  const members = Object.hasOwn(structures, type) ? structures[type] : undefined;
  if (!members) return value;
  const known = Object.entries(value).flatMap(([member, content]): [string, unknown][] => {
    const path = field === '' ? member : `${field}.${member}`;
    if (!isPresent(content)) return [];
    const below = Object.hasOwn(members, member) ? members[member] : undefined;
    if (below !== undefined) return [[member, inType(below, content, path, unknown)]];
    unknown.push(path);
    return [];
  });
  return Object.fromEntries(known);
}

const isPresent = (value: unknown): boolean => value !== null && value !== undefined;

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
