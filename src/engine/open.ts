import type { Engine } from './engine.ts';
import { findEngine } from './find.ts';

/** The engine at this address, else the one that the docker program would use. Its client is much to load, and loaded here. */
export async function openEngine(address: string | undefined): Promise<Engine> {
  const { dockerEngine } = await import('./docker/engine.ts');
  return dockerEngine(findEngine(address));
}
