import { fail } from '../errors.ts';

/** Durations and sizes as people write them. `field` names the option in errors: "the limit ping", "--max-run". */

const secondsIn = { d: 86_400, h: 3600, m: 60, s: 1, ms: 0.001 } as const;

/** `500ms`, `90s`, `1h30m`, `1.5h`, `45` (seconds) -> seconds. Errors: WrongUsage. */
export function parseDuration(text: string, field = 'the duration'): number {
  const plain = text.trim();
  const number = '(\\d+(?:\\.\\d+)?)';
  const parts = Object.keys(secondsIn).map((unit) => `(?:${number}${unit})?`);
  const groups = new RegExp(`^${number}$|^${parts.join('')}$`).exec(plain);
  const seconds = groups?.[1]
    ? Number(groups[1])
    : Object.values(secondsIn).reduce((sum, unit, i) => sum + Number(groups?.[i + 2] ?? 0) * unit, 0);
  if (!groups || plain === '' || !Number.isFinite(seconds)) {
    const message = `${JSON.stringify(text)} is not a duration (${field}).`;
    throw fail('WrongUsage', { message, remedy: 'Write a number of seconds, or units from large to small: 500ms, 90s, 15m, 1h30m, 2d.' });
  }
  return roundToMicroseconds(seconds);
}

const bytesIn = {
  b: 1,
  kb: 1000,
  mb: 1000 ** 2,
  gb: 1000 ** 3,
  tb: 1000 ** 4,
  kib: 1024,
  mib: 1024 ** 2,
  gib: 1024 ** 3,
  tib: 1024 ** 4,
} as const;

/** `25MB`, `6MiB`, `1024` (bytes) -> bytes. A lone `k`, `m` or `g` is refused: programs disagree about it. Errors: WrongUsage. */
export function parseSize(text: string, field = 'the size'): number {
  const [, number, unit = 'b'] = /^(\d+(?:\.\d+)?)\s*([a-z]+)?$/.exec(text.trim().toLowerCase()) ?? [];
  const factor = Object.hasOwn(bytesIn, unit) ? bytesIn[unit as keyof typeof bytesIn] : undefined;
  const bytes = Math.round(Number(number) * (factor ?? Number.NaN));
  if (!Number.isSafeInteger(bytes)) {
    const message = `${JSON.stringify(text)} is not a size (${field}).`;
    throw fail('WrongUsage', {
      message,
      remedy: 'Write a number of bytes, or 500KB, 25MB (powers of 1000), 512KiB, 6MiB (powers of 1024).',
    });
  }
  return bytes;
}

/** 0.1 s + 0.2 s is 0.3 s. */
const roundToMicroseconds = (seconds: number): number => Math.round(seconds * 1e6) / 1e6;
