import type { NumberKind } from './rules.ts';

export type WireType = 'string' | 'boolean' | 'timestamp' | 'list' | 'map' | 'structure' | NumberKind;

/**
 * What AWS's JSON reader says about a value of the wrong type, or undefined when the type is right. Words: `SerializationException`
 * of AWS JSON services measured in 2026 by users of Athena, SES and SQS, the same framework as SageMaker's; for timestamps and
 * numbers with a fraction they are ours.
 */
export function typeError(wanted: WireType, value: unknown): string | undefined {
  if (matches(wanted, value)) return undefined;
  if (wanted === 'list') return isObject(value) ? structureStart : 'Expected list or null';
  if (Array.isArray(value)) return 'Start of list found where not expected';
  if (wanted === 'structure' || wanted === 'map') return 'Expected null';
  if (isObject(value)) return structureStart;
  return `${tokenOf(value)} can not be converted to ${nameOf[wanted]}`;
}

function matches(wanted: WireType, value: unknown): boolean {
  switch (wanted) {
    case 'string':
      return typeof value === 'string';
    case 'boolean':
      return typeof value === 'boolean';
    // Seconds since 1970 on the wire; a Date from the caller of the library.
    case 'timestamp':
      return (typeof value === 'number' && Number.isFinite(value)) || (value instanceof Date && !Number.isNaN(value.getTime()));
    case 'list':
      return Array.isArray(value);
    case 'map':
    case 'structure':
      return isObject(value);
    case 'Float':
      return typeof value === 'number' && Number.isFinite(value);
    default:
      return Number.isSafeInteger(value);
  }
}

const structureStart = 'Start of structure or map found where not expected.';

const nameOf = {
  string: 'a String',
  boolean: 'a Boolean',
  timestamp: 'a Timestamp',
  Integer: 'an Integer',
  Long: 'a Long',
  Float: 'a Float',
} as const;

const isObject = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);

function tokenOf(value: unknown): string {
  if (typeof value === 'boolean') return value ? 'TRUE_VALUE' : 'FALSE_VALUE';
  return typeof value === 'number' || typeof value === 'bigint' ? 'NUMBER_VALUE' : 'STRING_VALUE';
}
