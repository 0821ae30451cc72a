/** `0.4 s`, `12 s`, `3 min 5 s`, `2 h 10 min`. */
export function duration(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 60) return `${Math.round(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${Math.round(seconds % 60)} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
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
