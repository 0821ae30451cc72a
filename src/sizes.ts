import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Resource } from './resources.ts';

/** Bytes that a job or an endpoint takes on the user's disk: logs, archives, and while it runs its temporary files. */
export async function sizeOf(resource: Resource): Promise<number> {
  const paths =
    resource.kind === 'endpoint'
      ? Object.values(resource.record.run?.logs ?? {})
      : [
          ...Object.values(resource.record.files.logs),
          ...[resource.record.files.model, resource.record.files.output, resource.record.run?.scratch].flatMap((path) => path ?? []),
        ];
  const sizes = await Promise.all(paths.map(bytesBelow));
  return sizes.reduce((sum, bytes) => sum + bytes, 0);
}

/** Of a file, or of all files below a directory. What is gone, or may not be read, takes nothing. */
export async function bytesBelow(path: string): Promise<number> {
  const found = await lstat(path).catch(() => undefined);
  if (!found?.isDirectory()) return found?.size ?? 0;
  const names = await readdir(path).catch(() => []);
  let sum = 0;
  for (const name of names) sum += await bytesBelow(join(path, name));
  return sum;
}
