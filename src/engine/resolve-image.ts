import { existsSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { fail } from '../errors.ts';
import type { Engine, Image, Labels } from './engine.ts';
import { isForPlatform } from './platform.ts';

/** What the user named: an image, or a directory whose Dockerfile makes one. */
export type ImageSource =
  | { readonly kind: 'image'; readonly reference: string }
  | { readonly kind: 'directory'; readonly path: string; readonly tag: string };

export interface ResolveOptions {
  readonly buildArguments?: Readonly<Record<string, string>>;
  readonly labels?: Labels;
  /** `linux/amd64` is what SageMaker's instances are unless they are Graviton's. */
  readonly platform?: string;
  readonly onBuildLine?: (line: string) => void;
  readonly onWarning?: (message: string) => void;
  readonly signal?: AbortSignal;
}

/**
 * Tells a directory from an image by the text: a directory begins with `.`, `/` or `~`, or names an existing directory that holds a
 * Dockerfile. Errors: InputNotFound, InputUnreadable.
 */
export function imageSource(text: string, cwd: string): ImageSource {
  const looksLikePath = /^[./~]/.test(text);
  const path = resolve(cwd, text.replace(/^~(?=$|\/)/, homedir()));
  const isDirectory = existsSync(path) && statSync(path).isDirectory();
  const hasDockerfile = isDirectory && existsSync(join(path, 'Dockerfile'));
  if (hasDockerfile) return { kind: 'directory', path, tag: directoryTag(path) };
  if (!looksLikePath) return { kind: 'image', reference: text };
  if (!isDirectory) throw fail('InputNotFound', { what: 'Image directory', path });
  throw fail('InputUnreadable', { what: 'Image directory', path, why: 'it holds no Dockerfile' });
}

/** The engine's image for the source: built, found, or pulled. Errors: BuildFailed, ImageNotFound, WrongPlatform. */
export async function resolveImage(engine: Engine, source: ImageSource, options: ResolveOptions = {}): Promise<Image> {
  const { signal, platform } = options;
  if (source.kind === 'image') {
    const local = await engine.images.inspect(source.reference);
    const image = local ?? (await engine.images.ensure(source.reference, { ...(platform && { platform }), ...(signal && { signal }) }));
    warnOfPlatform(image, source.reference, options);
    return image;
  }
  const namesake = basename(source.path);
  if (await engine.images.inspect(namesake)) {
    options.onWarning?.(`"${namesake}" is also an image; the directory ${source.path} is built and used.`);
  }
  const spec = {
    directory: source.path,
    tag: source.tag,
    ...(options.buildArguments && { buildArguments: options.buildArguments }),
    ...(options.labels && { labels: options.labels }),
  };
  const { onBuildLine: onLine } = options;
  const image = await engine.images.build(spec, { ...(onLine && { onLine }), ...(signal && { signal }) });
  warnOfPlatform(image, source.tag, options);
  return image;
}

function warnOfPlatform(image: Image, reference: string, { platform, onWarning }: ResolveOptions): void {
  const own = `${image.os}/${image.architecture}`;
  if (platform && !isForPlatform(image, platform)) {
    onWarning?.(
      `${reference} is for ${own}; SageMaker's instances of this type are ${platform} and would refuse it with "exec format error".`,
    );
  }
}

/** Whether a build of a directory gave an image this name, and nobody else did. */
export const isDirectoryReference = (reference: string): boolean =>
  /^(localhost\/)?sm-local\/[a-z0-9-]+(:latest|@sha256:[0-9a-f]+)$/.test(reference); // podman's names begin with a registry

/** `sm-local/<directory>:latest`, in the characters an image name may have. */
function directoryTag(path: string): string {
  const name = basename(path)
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '');
  return `sm-local/${name || 'image'}:latest`;
}
