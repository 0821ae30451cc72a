import type { PushProgress } from '../engine.ts';

/** Adds up what the engine says of each layer on its way to a registry; undefined for a record that says nothing of one. */
export function pushProgress(): (record: Readonly<Record<string, unknown>>) => PushProgress | undefined {
  const layers = new Map<string, Layer>();
  return ({ id, status, progressDetail }) => {
    if (typeof id !== 'string' || typeof status !== 'string') return undefined;
    const { current = 0, total = 0 } = (progressDetail ?? {}) as { readonly current?: number; readonly total?: number };
    const known = layers.get(id) ?? { sent: 0, size: 0, isPresent: false };
    if (status === 'Pushing') layers.set(id, { ...known, sent: current, size: Math.max(known.size, total, current) });
    else if (status === 'Pushed') layers.set(id, { ...known, sent: known.size });
    else if (status === 'Layer already exists' || status.startsWith('Mounted from')) layers.set(id, { ...known, isPresent: true });
    else if (status === 'Preparing' || status === 'Waiting') layers.set(id, known);
    else return undefined;
    const all = [...layers.values()];
    const add = (of: (layer: Layer) => number): number => all.reduce((sum, layer) => sum + of(layer), 0);
    return {
      done: add(({ sent, size }) => Math.min(sent, size)), // what is sent is the layer as an archive, a little more than its files
      total: add(({ size }) => size),
      present: all.filter(({ isPresent }) => isPresent).length,
      layers: all.length,
    };
  };
}

interface Layer {
  /** Bytes. */
  readonly sent: number;
  readonly size: number;
  /** In the registry already. */
  readonly isPresent: boolean;
}
