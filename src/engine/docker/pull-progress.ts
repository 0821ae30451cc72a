import type { PullProgress } from '../engine.ts';

/**
 * Adds up what the engine says of each layer; undefined for a record that says nothing of one. `name`: what to call the image; else it is
 * called as the engine does.
 */
export function pullProgress(name?: string): (record: Record<string, unknown>) => PullProgress | undefined {
  const layers = new Map<string, Layer>();
  let image = name ?? '';
  return ({ id, status, progressDetail }) => {
    if (typeof id !== 'string' || typeof status !== 'string') return undefined;
    const [, path] = /^Pulling from (.+)/.exec(status) ?? [];
    if (path !== undefined) {
      layers.clear(); // a build pulls one image after the other
      image = name ?? `${path}:${id}`;
      return undefined;
    }
    const layer = layers.get(id) ?? { loaded: 0, unpacked: 0, size: undefined, isLoaded: false };
    const change = changes[status]?.(layer, (progressDetail ?? {}) as Detail);
    if (change === 'drop') layers.delete(id);
    else if (change) layers.set(id, { ...layer, ...change });
    else return undefined;
    return { image, ...sum([...layers.values()]) };
  };
}

interface Layer {
  /** Bytes. */
  readonly loaded: number;
  readonly unpacked: number;
  /** Known when the layer has begun to arrive. */
  readonly size: number | undefined;
  readonly isLoaded: boolean;
}

/** `units` is there when it does not count bytes: newer engines count the seconds of unpacking. */
interface Detail {
  readonly current?: number;
  readonly total?: number;
  readonly units?: string;
}

/** The engine's words -> what they mean for a layer. */
const changes: Readonly<Record<string, (layer: Layer, detail: Detail) => Partial<Layer> | 'drop'>> = {
  'Pulling fs layer': () => ({}),
  Waiting: () => ({}),
  'Already exists': () => 'drop',
  Downloading: ({ size }, { current = 0, total = 0 }) => ({ loaded: current, size: total > 0 ? total : size }),
  'Verifying Checksum': loaded,
  'Download complete': loaded,
  Extracting: (layer, { current = 0, units }) => ({ ...loaded(layer), ...(units === undefined && { unpacked: current }) }),
  'Pull complete': (layer) => ({ ...loaded(layer), unpacked: loaded(layer).size }),
};

/** A layer so small that nothing was said on its way counts nothing. */
function loaded({ size, loaded: so }: Layer) {
  const whole = size ?? so;
  return { loaded: whole, size: whole, isLoaded: true } as const;
}

/** Until every layer has begun to arrive nobody knows how much there is in all. */
function sum(layers: readonly Layer[]): Omit<PullProgress, 'image'> {
  const add = (of: (layer: Layer) => number): number => layers.reduce((total, layer) => total + of(layer), 0);
  const isComplete = layers.length > 0 && layers.every(({ isLoaded }) => isLoaded);
  const hasSizes = layers.every(({ size }) => size !== undefined);
  return {
    stage: isComplete ? 'unpack' : 'download',
    done: add(({ loaded: bytes, unpacked }) => (isComplete ? unpacked : bytes)),
    ...(hasSizes && layers.length > 0 && { total: add(({ size = 0 }) => size) }),
  };
}
