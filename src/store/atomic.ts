import { link, open, rename, rm } from 'node:fs/promises';
import { beside } from './temporary.ts';

export interface AtomicOptions {
  /** Outlives a power cut; true by default. */
  readonly isDurable?: boolean;
}

/** Replaces the file: a reader sees the old content or the new, also after a power cut. Raises the system's errors. */
export const writeAtomically = (path: string, content: string, options: AtomicOptions = {}): Promise<void> =>
  place(path, content, options, rename);

/** Makes the file, whole from the start; fails with EEXIST when there is one. Of several processes exactly one succeeds. */
export const createAtomically = (path: string, content: string, options: AtomicOptions = {}): Promise<void> =>
  place(path, content, options, link);

async function place(
  path: string,
  content: string,
  { isDurable = true }: AtomicOptions,
  put: (from: string, to: string) => Promise<void>,
): Promise<void> {
  const temporary = beside(path);
  try {
    const file = await open(temporary, 'wx', 0o600);
    try {
      await file.writeFile(content);
      if (isDurable) await file.datasync();
    } finally {
      await file.close();
    }
    await put(temporary, path);
  } finally {
    await rm(temporary, { force: true }).catch(() => undefined); // the rest of a failed attempt, whose own error is what counts
  }
}
