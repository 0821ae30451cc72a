import { closest } from './contract/closest.ts';
import type { Engine } from './engine/engine.ts';

/**
 * The image of the engine whose name is nearest to one that it has not, or that is of the same repository. Undefined when none is near. Errors:
 * trouble of the engine.
 */
export async function nearestImage(engine: Engine, image: string): Promise<string | undefined> {
  const names = (await engine.images.list({})).flatMap(({ references }) => references.filter((name) => !name.includes('@')));
  const near = closest(repositoryOf(image) === image ? `${image}:latest` : image, names);
  return near ?? names.find((name) => repositoryOf(name) === repositoryOf(image));
}

const repositoryOf = (image: string): string => image.replace(/:[^:/]*$/, '');
