import * as advice from './advice.ts';
import { enums, inputs, numberEnums, type Operation, structures } from './aws-shapes.ts';
import { alsoRequired, ruleOf } from './constraints.ts';
import { printEnumSet } from './enum-set.ts';
import { brokenParts, listParts, type Rule } from './rules.ts';
import { typeError, type WireType } from './wire-types.ts';

/** One thing that is wrong with a request. */
export interface Violation {
  /** `type`: refused while the request is read, before anything else is looked at. `unknown`: AWS has no such member. */
  readonly kind: 'type' | 'unknown' | 'constraint';
  /** As AWS writes it: `inputDataConfig.1.member.inputMode`. */
  readonly path: string;
  /** As the caller wrote it: `InputDataConfig[0].InputMode`. */
  readonly field: string;
  /** Undefined when it is missing. */
  readonly value: unknown;
  /** In AWS's words: `Member must not be null`. */
  readonly constraint: string;
  /** In ours: what to do, one sentence. */
  readonly advice: string;
}

/** Everything wrong with a request, in the order of the operation's members; within a structure, unknown members come last. */
export function violations(operation: Operation, request: unknown): readonly Violation[] {
  return [...inStructure(inputs[operation], request, { path: '', field: '' })];
}

/** Where a value stands: AWS's path and the caller's. */
type Place = Pick<Violation, 'path' | 'field'>;
type Found = Generator<Violation, void>;

function* inStructure(name: string, value: unknown, place: Place): Found {
  if (hasWrongType('structure', value)) return yield ofWrongType('structure', value, place);
  const given = new Map(Object.entries(value as object).filter(([, content]) => isPresent(content)));
  const members = structures[name] ?? {};
  const required = alsoRequired(name, value as object);
  for (const [member, notation] of Object.entries(members)) {
    const inner = below(place, member);
    if (given.has(member)) yield* inValue(notation.replace('!', ''), ruleOf(name, member), given.get(member), inner);
    else if (notation.endsWith('!') || required.includes(member)) yield missing(inner);
  }
  for (const [member, content] of given) {
    if (!Object.hasOwn(members, member)) yield unknown(member, content, Object.keys(members), place);
  }
}

/** `type` in the notation of aws-shapes.ts, without the mark of required members. */
function* inValue(type: string, rule: Rule, value: unknown, place: Place): Found {
  if (type.endsWith('[]')) yield* inList(type.slice(0, -2), rule, value, place);
  else if (type.endsWith('{}')) yield* inMap(rule, value, place);
  else if (Object.hasOwn(structures, type)) yield* inStructure(type, value, place);
  else yield* inPlainValue(type, rule, value, place);
}

function* inPlainValue(type: string, rule: Rule, value: unknown, place: Place): Found {
  const values = enumValues(type);
  const wanted = values ? 'string' : wireType(type, rule);
  if (hasWrongType(wanted, value)) yield ofWrongType(wanted, value, place);
  else if (!values) yield* inBounds(withNumbers(type, rule), value, place);
  else if (!values.includes(String(value))) {
    const constraint = `Member must satisfy enum value set: ${printEnumSet(values)}`;
    yield broken(place, value, constraint, advice.notInEnum(place.field, String(value), values));
  }
}

function* inBounds(rule: Rule, value: unknown, place: Place): Found {
  for (const part of brokenParts(rule, value)) yield broken(place, value, part.constraint, advice.broken(place.field, value, part, rule));
}

/** Broken items that are structures are reported one by one, plain ones together with their list: so the service does. */
function* inList(type: string, rule: Rule, value: unknown, place: Place): Found {
  if (hasWrongType('list', value)) return yield ofWrongType('list', value, place);
  yield* inBounds(rule, value, place);
  const items = (value as readonly unknown[]).flatMap((item, index) => {
    const inner = { path: `${place.path}.${index + 1}.member`, field: `${place.field}[${index}]` };
    return isPresent(item) ? [...inValue(type, rule.items ?? {}, item, inner)] : [missing(inner)];
  });
  if (Object.hasOwn(structures, type)) return yield* items;
  const values = enumValues(type);
  const asked = values ? `[Member must satisfy enum value set: ${printEnumSet(values)}]` : listParts(rule.items ?? {});
  yield* together(items, `Member must satisfy constraint: ${asked}`, value, place);
}

/** Maps hold strings. Broken keys are reported together with their map, and so are broken values. */
function* inMap(rule: Rule, value: unknown, place: Place): Found {
  if (hasWrongType('map', value)) return yield ofWrongType('map', value, place);
  yield* inBounds(rule, value, place);
  const { keys = {}, values = {} } = rule;
  const entries = Object.entries(value as object).map(([key, content]) => {
    const name = advice.shown(key);
    const inner = { path: `${place.path}.${key}`, field: `${place.field}[${name}]` };
    const inKey = [...inBounds(keys, key, { path: inner.path, field: `The key ${name} of ${place.field}` })];
    return { inKey, inContent: isPresent(content) ? [...inPlainValue('string', values, content, inner)] : [missing(inner)] };
  });
  const inKeys = entries.flatMap(({ inKey }) => inKey);
  const inContents = entries.flatMap(({ inContent }) => inContent);
  yield* together(inKeys, `Map keys must satisfy constraint: ${listParts(keys)}`, value, place);
  yield* together(inContents, `Map value must satisfy constraint: ${listParts(values)}`, value, place);
}

/** Wrong types one by one; everything else as one violation of the collection. */
function* together(parts: readonly Violation[], constraint: string, value: unknown, place: Place): Found {
  yield* parts.filter(({ kind }) => kind === 'type');
  const rest = parts.filter(({ kind }) => kind !== 'type');
  if (rest.length > 0) yield broken(place, value, constraint, rest.map((part) => part.advice).join(' '));
}

const enumValues = (type: string): readonly string[] | undefined =>
  Object.hasOwn(enums, type) ? enums[type]?.trim().split(/\s+/) : undefined;

const wireType = (type: string, rule: Rule): WireType =>
  type === 'string' || type === 'boolean' || type === 'timestamp' ? type : (rule.number ?? 'Integer');

/** An enum of numbers is a rule about numbers. */
const withNumbers = (type: string, rule: Rule): Rule => {
  const oneOf = Object.hasOwn(numberEnums, type) ? numberEnums[type] : undefined;
  return oneOf ? { ...rule, oneOf } : rule;
};

/** Clients drop nulls, and so does the service. */
const isPresent = (value: unknown): boolean => value !== undefined && value !== null;

const hasWrongType = (wanted: WireType, value: unknown): boolean => typeError(wanted, value) !== undefined;

const below = ({ path, field }: Place, member: string): Place => ({
  path: `${path}${path && '.'}${member.charAt(0).toLowerCase()}${member.slice(1)}`,
  field: `${field}${field && '.'}${member}`,
});

// --- the four kinds of findings -------------------------------------------------------------------

const broken = (place: Place, value: unknown, constraint: string, said: string): Violation => ({
  ...place,
  kind: 'constraint',
  value,
  constraint,
  advice: said,
});

const missing = (place: Place): Violation => broken(place, undefined, 'Member must not be null', advice.missing(place.field));

const ofWrongType = (wanted: WireType, value: unknown, place: Place): Violation => ({
  ...place,
  kind: 'type',
  value,
  constraint: typeError(wanted, value) ?? '',
  advice: advice.wrongType(place.field, wanted, value),
});

/** Worded as botocore, the AWS CLI's library, refuses it: the service itself drops what it does not know. */
const unknown = (member: string, value: unknown, members: readonly string[], place: Place): Violation => ({
  ...below(place, member),
  kind: 'unknown',
  value,
  constraint: `Unknown parameter in ${place.field || 'input'}: "${member}", must be one of: ${members.join(', ')}`,
  advice: advice.unknown(below(place, member).field, member, members),
});
