import type { PullProgress } from '../../engine.ts';
import type { VertexStatus } from './trace.ts';

/** Adds up what BuildKit says of the layers that it pulls for an image; undefined for a status that says nothing of one. */
export function layerProgress(): (image: string, status: VertexStatus) => PullProgress | undefined {
  const images = new Map<string, Map<string, Layer>>();
  const unpacking = new Set<string>();
  return (image, { id, name, current, total, completed }) => {
    const digest = /sha256:[0-9a-f]{64}/.exec(id)?.[0];
    if (digest === undefined || /^(?:resolve|naming|writing)/.test(id)) return undefined;
    const layers = images.get(image) ?? new Map<string, Layer>();
    images.set(image, layers);
    const known = layers.get(digest) ?? { loaded: 0, size: 0, isUnpacked: false };
    const isUnpacking = name === 'extract' || name === 'extracting' || id.startsWith('extracting');
    if (isUnpacking) layers.set(digest, { ...known, loaded: known.size, isUnpacked: completed !== undefined });
    else layers.set(digest, { ...known, loaded: Math.max(known.loaded, current), size: Math.max(known.size, total, current) });
    const all = [...layers.values()];
    const add = (of: (layer: Layer) => number): number => all.reduce((sum, layer) => sum + of(layer), 0);
    const size = add((layer) => layer.size);
    if (size === 0) return undefined; // a small layer may be unpacked before anything was said of its way
    if (isUnpacking && add(({ loaded }) => loaded) === size) unpacking.add(image);
    if (!unpacking.has(image)) return { image, stage: 'download', done: add(({ loaded }) => loaded), total: size };
    return { image, stage: 'unpack', done: add((layer) => (layer.isUnpacked ? layer.size : 0)), total: size };
  };
}

interface Layer {
  /** Bytes. */
  readonly loaded: number;
  readonly size: number;
  readonly isUnpacked: boolean;
}
