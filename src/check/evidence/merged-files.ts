import { posix } from 'node:path';
import type { FileEntry, Layer } from './layer.ts';

/** What a layer holds in vain. */
export interface Waste {
  /** What is deleted or replaced: a file, or the top of a tree. */
  readonly path: string;
  readonly bytes: number;
  /** Indexes of the layer that holds it (of the first of them, for a tree) and of the one that takes it away. */
  readonly from: number;
  readonly by: number;
}

interface Node {
  readonly entry: FileEntry;
  readonly layer: number;
  readonly children: Map<string, Node>;
}

/** A directory that no layer lists. */
const implied: FileEntry = { kind: 'directory', mode: 0o755, size: 0 };

/** The layers laid over each other, as a container sees them. */
export function mergedFiles(layers: readonly Layer[]): {
  readonly files: ReadonlyMap<string, FileEntry>;
  readonly waste: readonly Waste[];
} {
  const root: Node = { entry: implied, layer: 0, children: new Map() };
  const waste: Waste[] = [];
  for (const [by, { entries, deleted, emptied }] of layers.entries()) {
    const spend = (path: string, node: Node): void => {
      const { bytes, from } = sizeOf(node);
      if (bytes > 0) waste.push({ path, bytes, from, by });
    };
    for (const path of emptied) {
      const children = nodeAt(root, path)?.children;
      for (const [name, node] of children ?? []) spend(posix.join(path, name), node);
      children?.clear();
    }
    for (const path of deleted) {
      const siblings = nodeAt(root, posix.dirname(path))?.children;
      const node = siblings?.get(posix.basename(path));
      if (node) spend(path, node);
      siblings?.delete(posix.basename(path));
    }
    for (const [path, entry] of entries) {
      const { children } = nodeAt(root, posix.dirname(path), by) ?? root;
      const name = posix.basename(path);
      const before = children.get(name);
      const staysDirectory = before?.entry.kind === 'directory' && entry.kind === 'directory';
      if (before && !staysDirectory) spend(path, before);
      children.set(name, { entry, layer: by, children: staysDirectory ? before.children : new Map() });
    }
  }
  waste.sort((one, other) => other.bytes - one.bytes);
  return { files: new Map(flat(root, '')), waste };
}

function sizeOf({ entry, layer, children }: Node): { bytes: number; from: number } {
  let bytes = entry.sameAs === undefined ? entry.size : 0;
  let from = bytes > 0 ? layer : Number.POSITIVE_INFINITY;
  for (const child of children.values()) {
    const below = sizeOf(child);
    bytes += below.bytes;
    from = Math.min(from, below.from);
  }
  return { bytes, from };
}

/** Through links on the way, as whoever unpacks layers goes; with `layer`, directories that no layer lists are made. */
function nodeAt(root: Node, path: string, layer?: number, hops = 0): Node | undefined {
  let node = root;
  const parts = path.split('/').filter((part) => part !== '');
  for (const [index, part] of parts.entries()) {
    let next = node.children.get(part);
    if (next?.entry.kind === 'link' && hops < 40) {
      const here = `/${parts.slice(0, index).join('/')}`;
      const there = posix.resolve(here, next.entry.target ?? '', ...parts.slice(index + 1));
      return nodeAt(root, there, layer, hops + 1);
    }
    if (!next && layer !== undefined) {
      next = { entry: implied, layer, children: new Map() };
      node.children.set(part, next);
    }
    if (!next) return undefined;
    node = next;
  }
  return node;
}

function* flat(node: Node, path: string): Generator<[string, FileEntry]> {
  for (const [name, child] of node.children) {
    const own = `${path}/${name}`;
    yield [own, child.entry];
    yield* flat(child, own);
  }
}
