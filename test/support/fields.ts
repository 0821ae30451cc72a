import assert from 'node:assert/strict';
import { violations } from '../../src/contract/validation.ts';

/** What the service takes in a field and what it refuses, by the field's path: `InputDataConfig.0.ChannelName`. */
export type Fields = Readonly<Record<string, { readonly good: readonly unknown[]; readonly bad: readonly unknown[] }>>;

/** A value with one member set, however deep: `setField(job, 'InputDataConfig.0.ChannelName', 'x')`. */
export function setField(value: unknown, path: string, content: unknown): unknown {
  const [head = '', ...rest] = path.split('.');
  const inner = (value as Record<string, unknown> | undefined)?.[head];
  const next = rest.length === 0 ? content : setField(inner ?? (/^\d/.test(rest[0] ?? '') ? [] : {}), rest.join('.'), content);
  if (Array.isArray(value)) return Object.assign([...value], { [head]: next });
  return { ...(value as object), [head]: next };
}

export const text = (length: number): string => 'x'.repeat(length);
export const entries = (count: number): object => Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, 'v']));
export const items = <T>(count: number, item: (index: number) => T): T[] => Array.from({ length: count }, (_, index) => item(index));

/** Lengths or numbers from `least` to `most`, and the ones next to them. */
export const bounds = (least: number, most: number, make: (length: number) => unknown) => ({
  good: [make(least), make(most)],
  bad: [...(least > 0 ? [make(least - 1)] : []), make(most + 1)],
});

/** One test a field; `whole` is a request in which all is well. */
export function testFields(operation: Parameters<typeof violations>[0], whole: unknown, fields: Fields): void {
  /** Of the field itself or below it, or of the list or map whose item or entry it is. */
  const broken = (field: string, value: unknown): readonly string[] => {
    const parts = field.replace(/\.0$/, '').split('.');
    const path = parts.map((part) => (part === '0' ? '1.member' : part.charAt(0).toLowerCase() + part.slice(1))).join('.');
    return violations(operation, setField(whole, field, value))
      .filter((violation) => violation.path.startsWith(path))
      .map(({ constraint }) => constraint);
  };

  for (const [field, { good, bad }] of Object.entries(fields)) {
    it(`${field} takes what AWS takes and nothing else`, () => {
      for (const value of good) assert.deepEqual(broken(field, value), [], JSON.stringify(value)?.slice(0, 80));
      for (const value of bad) assert.notDeepEqual(broken(field, value), [], JSON.stringify(value)?.slice(0, 80));
    });
  }
}
