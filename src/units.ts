/** `0.4 s`, `12 s`, `3 min 5 s`, `2 h 10 min`, `5 d 3 h`; `2 min` where nothing is left over. */
export function duration(seconds: number): string {
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return both(whole, 60, ['min', 's']);
  const minutes = Math.floor(whole / 60);
  return minutes < 24 * 60 ? both(minutes, 60, ['h', 'min']) : both(Math.floor(minutes / 60), 24, ['d', 'h']);
}

function both(count: number, each: number, [large, small]: readonly [string, string]): string {
  const rest = count % each;
  return `${Math.floor(count / each)} ${large}${rest === 0 ? '' : ` ${rest} ${small}`}`;
}

/** `0.4 ms`, `12 ms`, `3.1 s`. */
export function latency(microseconds: number): string {
  const milliseconds = microseconds / 1000;
  if (milliseconds < 0.95) return `${milliseconds.toFixed(1)} ms`;
  return milliseconds < 999.5 ? `${Math.round(milliseconds)} ms` : duration(milliseconds / 1000);
}

/** `0.4 ms`, `250 ms`, `2 s`, `3.1 s`, `12 s`. */
export const elapsed = (seconds: number): string => latency(seconds * 1e6).replace('.0 ', ' ');

/** `512 B`, `4.2 KB`, `1.3 GB`; powers of 1000. */
export function size(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  const units = ['KB', 'MB', 'GB', 'TB'] as const;
  let value = bytes / 1000;
  let unit = 0;
  while (value >= 999.95 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${value.toFixed(1)} ${units[unit]}`;
}

/** `25 MiB`: for limits of AWS, which count in powers of 1024. */
export const mebibytes = (bytes: number): string => `${Number((bytes / 1024 ** 2).toFixed(1))} MiB`;

/** `1 file`, `3 files`. */
export const counted = (count: number, noun: string, several = `${noun}s`): string => `${count} ${count === 1 ? noun : several}`;
