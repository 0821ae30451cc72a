import { join } from 'node:path';
import { mountPoints } from '../../contract/training.ts';
import type { HostPlan } from '../plan.ts';

/** Where a directory of a container is below its host's directory on the user's disk. */
export function localOf(root: string, path: string): string {
  const below = belowMl(path);
  return below === undefined ? join(root, 'elsewhere', path) : join(root, below);
}

/** What the container sees that directory through: its mount, which it cannot remove. */
export function mountOf(root: string, path: string): string {
  const top = belowMl(path)?.split('/')[0];
  return top === undefined ? localOf(root, path) : join(root, top);
}

/** Synced directories that no mount of the tree shows, so that each needs one of its own. */
export function unmountedPaths({ directories, synced }: Pick<HostPlan, 'directories' | 'synced'>): readonly string[] {
  const shown = mountPoints(directories);
  const paths = synced.map(({ path }) => path).filter((path) => !shown.some((top) => `${path}/`.startsWith(`/opt/ml/${top}/`)));
  return [...new Set(paths)];
}

const belowMl = (path: string): string | undefined => (path.startsWith('/opt/ml/') ? path.slice('/opt/ml/'.length) : undefined);
