import { existsSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { fail } from '../errors.ts';
import { absolutePath, looksLikePath } from '../host-paths.ts';
import type { BuildOptions, Engine, Image, Labels } from './engine.ts';
import { isForPlatform, isNativeTo } from './platform.ts';
import { withoutEcr } from './reference.ts';

/** What the user named: an image, or a directory whose Dockerfile makes one. */
export type ImageSource =
  | { readonly kind: 'image'; readonly reference: string }
  | { readonly kind: 'directory'; readonly path: string; readonly tag: string };

export interface ResolveOptions extends BuildOptions {
  /** What to pull or build where there is a choice. */
  readonly platform?: string;
  readonly buildArguments?: Readonly<Record<string, string>>;
  readonly labels?: Labels;
}

/**
 * Tells a directory from an image by the text: a directory begins with `.`, `/` or `~`, or names an existing directory that holds a
 * Dockerfile. Errors: InputNotFound, InputUnreadable; WrongUsage for a text without anything in it.
 */
export function imageSource(text: string, cwd: string): ImageSource {
  if (text.trim() === '')
    throw fail('WrongUsage', {
      message: 'The name of the image is empty, as an unset variable of a shell is.',
      remedy: 'Name an image, or a directory with a Dockerfile.',
    });
  const path = resolve(absolutePath(text, cwd));
  const isDirectory = existsSync(path) && statSync(path).isDirectory();
  const hasDockerfile = isDirectory && existsSync(join(path, 'Dockerfile'));
  if (hasDockerfile) return { kind: 'directory', path, tag: directoryTag(path) };
  const isFile = !isDirectory && existsSync(path);
  if (!looksLikePath(text) && !(isFile && /Dockerfile|\.dockerfile$/.test(basename(path)))) return { kind: 'image', reference: text };
  if (!isDirectory && !isFile) throw fail('InputNotFound', { what: 'Image directory', path });
  const why = isFile ? 'it is a file' : 'it holds no Dockerfile';
  throw fail('InputUnreadable', {
    what: 'Image directory',
    path,
    why,
    remedy: 'Name the directory that holds the Dockerfile, or an image.',
  });
}

/**
 * The engine's image for the source: built, found, or pulled. Where there is a choice it is for `platform`: `linux/amd64` is what SageMaker's
 * instances are unless they are Graviton's. Errors: BuildFailed, those of `Images.ensure`.
 */
export async function resolveImage(engine: Engine, source: ImageSource, options: ResolveOptions = {}): Promise<Image> {
  const name = source.kind === 'image' ? source.reference : source.tag;
  const [image, { architecture }] = await Promise.all([
    source.kind === 'image' ? find(engine, source.reference, options) : build(engine, source, options),
    engine.describe(),
  ]);
  const { platform, onWarning } = options;
  const own = `${image.os}/${image.architecture}`;
  if (platform && !isForPlatform(image, platform)) {
    onWarning?.(`${name} is for ${own}; SageMaker's instances of this type are ${platform} and would refuse it with "exec format error".`);
  }
  if (!isNativeTo(architecture, image)) {
    onWarning?.(
      `${name} is for ${own} and this engine's processor is ${architecture}: it is emulated, which is slow, or it cannot run at all.`,
    );
  }
  return image;
}

async function find(engine: Engine, reference: string, options: ResolveOptions): Promise<Image> {
  return (await findOwnCopy(engine, reference, options)) ?? (await engine.images.ensure(reference, options));
}

/** An image that stands in the request with its address in ECR is on the engine of whoever built it under the name that it was built with. */
async function findOwnCopy(engine: Engine, reference: string, { onNote }: ResolveOptions): Promise<Image | undefined> {
  const short = withoutEcr(reference);
  if (short === undefined || (await engine.images.inspect(reference))) return undefined;
  const image = await engine.images.inspect(short);
  if (image) onNote?.(`${reference} is on this engine as ${short}, which is used instead of pulling.`);
  return image;
}

async function build(engine: Engine, source: ImageSource & { kind: 'directory' }, options: ResolveOptions): Promise<Image> {
  const { buildArguments, labels, platform, ...told } = options;
  const namesake = basename(source.path);
  if (await engine.images.inspect(namesake)) {
    told.onWarning?.(`"${namesake}" is also an image; the directory ${source.path} is built and used.`);
  }
  const spec = {
    directory: source.path,
    tag: source.tag,
    ...(buildArguments && { buildArguments }),
    ...(labels && { labels }),
    ...(platform && { platform }),
  };
  return await engine.images.build(spec, told);
}

/** Whether a build of a directory gave an image this name, and nobody else did. */
export const isDirectoryReference = (reference: string): boolean =>
  /^(localhost\/)?sm-local\/[a-z0-9-]+(:latest|@sha256:[0-9a-f]+)$/.test(reference); // podman's names begin with a registry

/** `sm-local/<directory>:latest`, in the characters an image name may have. */
export function directoryTag(path: string): string {
  const name = basename(path)
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '');
  return `sm-local/${name || 'image'}:latest`;
}
