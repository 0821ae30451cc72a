import type { Image } from '../../engine/engine.ts';
import type { ImageContent } from './image-content.ts';

/** Where a container finds a program: on its PATH. Undefined when it does not. */
export function findProgram(
  content: ImageContent,
  image: Pick<Image, 'environment' | 'workingDirectory'>,
  name: string,
): string | undefined {
  const directories = (image.environment.PATH ?? '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin').split(':');
  return directories.map((directory) => `${directory}/${name}`).find((path) => content.files.has(path));
}
