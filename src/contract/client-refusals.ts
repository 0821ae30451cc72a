import * as advice from './advice.ts';
import { inputs, numberEnums, type Operation, structures } from './aws-shapes.ts';
import { clip } from './clip.ts';
import { ruleOf } from './constraints.ts';
import { typeError, type WireType } from './wire-types.ts';

export type { Operation } from './aws-shapes.ts';

/** One thing that the AWS CLI refuses before it sends a request. */
export interface ClientRefusal {
  /** From the request down to what is wrong: `['InputDataConfig', 0, 'InputMode']`. */
  readonly path: readonly (string | number)[];
  /** As the AWS CLI words it. */
  readonly message: string;
  /** In our own words: what to do, one sentence. */
  readonly advice: string;
}

/**
 * Members that AWS does not have, and values of the wrong type: what a file given to `aws sagemaker … --cli-input-json` is refused for
 * before anything is sent. It takes no null for absent, as the service does. Words: botocore, `validate.py`.
 */
export const clientRefusals = (operation: Operation, request: unknown): readonly ClientRefusal[] => [
  ...inValue(inputs[operation], {}, request, []),
];

type Path = readonly (string | number)[];
type Found = Generator<ClientRefusal, void>;
type Rules = ReturnType<typeof ruleOf>;

/** `type` in the notation of aws-shapes.ts. */
function* inValue(type: string, rule: Rules, value: unknown, path: Path): Found {
  const wanted = wireType(type, rule);
  if (typeError(wanted, value) !== undefined) return yield ofWrongType(wanted, value, path);
  if (wanted === 'structure') yield* inStructure(type, value as object, path);
  else if (wanted === 'map') {
    for (const [key, content] of Object.entries(value as object)) yield* inValue('string', {}, content, [...path, key]);
  } else if (wanted === 'list') {
    for (const [index, item] of (value as readonly unknown[]).entries()) yield* inValue(type.slice(0, -2), {}, item, [...path, index]);
  }
}

function* inStructure(name: string, value: object, path: Path): Found {
  const members = structures[name] ?? {};
  for (const [member, content] of Object.entries(value)) {
    const inner = [...path, member];
    if (Object.hasOwn(members, member)) yield* inValue(members[member]?.replace('!', '') ?? '', ruleOf(name, member), content, inner);
    else yield unknown(member, Object.keys(members), inner);
  }
}

/** Every enum is a string here; the service looks at its values. */
function wireType(type: string, rule: Rules): WireType {
  if (type.endsWith('[]')) return 'list';
  if (type.endsWith('{}')) return 'map';
  if (Object.hasOwn(structures, type)) return 'structure';
  if (type === 'number' || Object.hasOwn(numberEnums, type)) return rule.number ?? 'Integer';
  return type === 'boolean' || type === 'timestamp' ? type : 'string';
}

const unknown = (member: string, members: readonly string[], path: Path): ClientRefusal => ({
  path,
  message: `Unknown parameter in ${nameOf(path.slice(0, -1)) || 'input'}: "${member}", must be one of: ${members.join(', ')}`,
  advice: advice.unknown(nameOf(path), member, members),
});

const ofWrongType = (wanted: WireType, value: unknown, path: Path): ClientRefusal => ({
  path,
  message: `Invalid type for parameter ${nameOf(path) || 'input'}, value: ${clipped(pythonText(value))}, type: <class '${pythonType(value)}'>, valid types: ${validTypes[wanted]}`,
  advice: value === null ? `Give ${nameOf(path)} a value, or leave it out.` : advice.wrongType(nameOf(path), wanted, value),
});

/** `InputDataConfig[0].InputMode` */
const nameOf = (path: Path): string =>
  path.reduce<string>((name, part) => (typeof part === 'number' ? `${name}[${part}]` : `${name}${name && '.'}${part}`), '');

const validTypes: Readonly<Record<WireType, string>> = {
  string: "<class 'str'>",
  boolean: "<class 'bool'>",
  timestamp: "<class 'datetime.datetime'>, timestamp-string",
  list: "<class 'list'>, <class 'tuple'>",
  map: "<class 'dict'>",
  structure: "<class 'dict'>",
  Integer: "<class 'int'>",
  Long: "<class 'int'>",
  Float: "<class 'float'>, <class 'decimal.Decimal'>, <class 'int'>",
};

function pythonType(value: unknown): string {
  if (value === null || value === undefined) return 'NoneType';
  if (Array.isArray(value)) return 'list';
  if (typeof value === 'number') return Number.isInteger(value) ? 'int' : 'float';
  return { string: 'str', boolean: 'bool', bigint: 'int' }[typeof value as string] ?? 'dict';
}

/** As Python prints it: a string as it is, one inside of something in quotes. */
function pythonText(value: unknown, isInside = false): string {
  if (value === null || value === undefined) return 'None';
  if (typeof value === 'string') return isInside ? `'${value}'` : value;
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (Array.isArray(value)) return `[${value.map((item) => pythonText(item, true)).join(', ')}]`;
  if (typeof value !== 'object') return String(value);
  return `{${Object.entries(value)
    .map(([key, content]) => `'${key}': ${pythonText(content, true)}`)
    .join(', ')}}`;
}

const longestShown = 200;
const clipped = (text: string): string => (text.length <= longestShown ? text : `${clip(text, longestShown)}…`);
