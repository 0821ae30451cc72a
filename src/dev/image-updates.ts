import type { Stats } from 'node:fs';
import { lstat, readdir, rm } from 'node:fs/promises';
import { basename, join, posix, relative, sep } from 'node:path';
import { contextFiles, readRegularFile } from '../engine/context-files.ts';
import { parseDockerfile } from '../engine/dockerfile.ts';
import { reasonOf } from '../errors.ts';
import type { ImageRequest } from '../image.ts';
import { copiedFiles, type Fate, type Target } from './copied-files.ts';
import type { FileOfImage, ImageFiles } from './image-files.ts';
import { type PatchFile, writePatch } from './patch.ts';

/** The shortest true way from the image that was built last to one with what has changed since. */
export type Update =
  /** Nothing that the image has. */
  | { readonly kind: 'none' }
  /** The same image with files laid over it; `files`: where they are in a container. */
  | { readonly kind: 'patch'; readonly image: ImageRequest; readonly files: readonly string[]; readonly notes: readonly string[] }
  /** The directory, built again: `why` is for people. */
  | { readonly kind: 'build'; readonly why: string; readonly image: ImageRequest }
  /** Files of a source directory alone, which whoever runs it delivers anew each time. */
  | { readonly kind: 'code' };

export interface WatchedImage {
  readonly image: ImageRequest;
  /** Declared: a directory of containers -> a file or a directory here, whose changes go there without a build. Absolute paths. */
  readonly sync: ReadonlyMap<string, string>;
  /** Delivered to the image each time it runs. Absolute. */
  readonly sourceDirectory?: string;
}

export interface UpdatesContext {
  /** Looks into the images that are built. */
  readonly files: ImageFiles;
  /** An empty directory of this machine for archives. */
  readonly directory: string;
}

/** One session of watching. What it hands out is a snapshot: of what the files held when the change was told. */
export class ImageUpdates {
  readonly #watched: WatchedImage;
  readonly #context: UpdatesContext;
  /** Absolute paths, since the last build. */
  #changed = new Set<string>();
  /** What the build that is under way was asked for. */
  #building: ReadonlySet<string> | undefined;
  #mustBuild: string | undefined;
  #built: string | undefined;
  #patches = 0;
  /** The number of the first patch of what the last build makes. */
  #firstAfterBuild = 1;

  constructor(watched: WatchedImage, context: UpdatesContext) {
    this.#watched = watched;
    this.#context = context;
    if (watched.image.image.kind === 'image') this.#built = watched.image.image.reference;
    else this.#mustBuild = 'it has not been built yet';
  }

  /** The way to an image with these changes, and with those that have not reached one yet. Errors: trouble of the engine and the disk. */
  async update(changed: readonly string[]): Promise<Update> {
    const { sourceDirectory } = this.#watched;
    const ofImage = changed.filter((path) => !(sourceDirectory !== undefined && isWithin(path, sourceDirectory) && !this.#isElse(path)));
    const fates = await this.#fates([...ofImage, ...this.#changed]);
    const touching = ofImage.filter((path) => fates.get(path)?.kind !== 'unused');
    if (touching.length === 0) {
      // Source code may lie in the context without being of the image. A build that is under way goes on.
      const isCode = sourceDirectory !== undefined && changed.some((path) => isWithin(path, sourceDirectory));
      return { kind: isCode ? 'code' : 'none' };
    }
    for (const path of [...touching, ...(this.#building ?? [])]) this.#changed.add(path); // what was asked for has not come to be
    this.#building = undefined;
    const built = [...fates.values()].find((fate): fate is Fate & { kind: 'built' } => fate.kind === 'built');
    if (this.#canBuild && (this.#mustBuild !== undefined || built)) return this.#build(this.#mustBuild ?? built?.why ?? '');
    return await this.#patch(fates);
  }

  /** Builds the image anew, whatever has changed; without anything to build, the image as it is. */
  rebuild(): Update & { readonly kind: 'build' } {
    return this.#build('asked for');
  }

  /** The build that was handed out last has made this image: patches begin with nothing again. */
  built(imageId: string): void {
    this.#built = imageId;
    this.#building = undefined;
    this.#mustBuild = undefined;
  }

  /** This one runs now: what others before it were made of can go. Another one may be in the making meanwhile. */
  async runs(update: Update): Promise<void> {
    const first = update.kind === 'patch' ? numberOf(update.image.patches?.at(-1) ?? '') : this.#firstAfterBuild;
    for (const name of await readdir(this.#context.directory)) {
      if (numberOf(name) < first) await rm(join(this.#context.directory, name), { force: true });
    }
  }

  get #canBuild(): boolean {
    return this.#watched.image.image.kind === 'directory';
  }

  /** Whether it is of the image besides. */
  #isElse(path: string): boolean {
    const { image, sync } = this.#watched;
    const isOfContext = image.image.kind === 'directory' && isWithin(path, image.image.path);
    return isOfContext || [...sync.values()].some((from) => isWithin(path, from));
  }

  #build(why: string): Update & { readonly kind: 'build' } {
    this.#mustBuild = why;
    this.#firstAfterBuild = this.#patches + 1;
    this.#building = new Set([...(this.#building ?? []), ...this.#changed]);
    this.#changed = new Set();
    return { kind: 'build', why, image: this.#watched.image };
  }

  async #patch(fates: ReadonlyMap<string, Fate>): Promise<Update> {
    const files: PatchFile[] = [];
    const notes: string[] = [];
    for (const [source, fate] of fates) {
      if (fate.kind !== 'copied') continue;
      const found = await statOf(source);
      if (found?.isDirectory()) continue;
      if (!found?.isFile()) {
        // Of what is declared; no archive takes a file away.
        notes.push(`${this.#nameOf(source)} is ${found ? 'no regular file' : 'gone'} here; containers find it as the image has it`);
        continue;
      }
      for (const target of fate.targets) {
        const place = await this.#placeOf(target, source, found.mode & 0o7777);
        if (typeof place !== 'string') files.push(place);
        else if (this.#canBuild) return this.#build(place);
        else notes.push(place);
      }
    }
    this.#patches += 1;
    const archive = join(this.#context.directory, `${this.#patches}.tar`);
    await writePatch(archive, files);
    const { buildArguments: _built, ...request } = this.#watched.image;
    const reference = this.#built ?? '';
    const image = { ...request, image: { kind: 'image', reference } as const, patches: [...(request.patches ?? []), archive] };
    return { kind: 'patch', image, files: files.map(({ path }) => path), notes };
  }

  /** Where the image has it, with what mode and owner; a text tells why that needs a build. */
  async #placeOf(
    { path, below, attributes: told, depth = 0, isDeclared }: Target,
    source: string,
    mode: number,
  ): Promise<PatchFile | string> {
    for (const place of below === undefined ? [path] : [below, path]) {
      const found = await this.#found(place);
      if (found?.kind !== 'file') continue;
      const { uid, gid } = told ?? found;
      return { source, path: place, mode: told ? (told.mode ?? mode) : found.mode, uid, gid };
    }
    const attributes = isDeclared ? { uid: 0, gid: 0 } : told;
    const directories = await this.#missingAbove(path, depth);
    if (!attributes || below !== undefined || (attributes.mode !== undefined && directories > 0)) {
      return `${this.#nameOf(source)} is new, and only a build tells its mode and its owner`;
    }
    return { source, path, mode: attributes.mode ?? mode, uid: attributes.uid, gid: attributes.gid, directories };
  }

  /** How many of the directories that come along with a file the image lacks. */
  async #missingAbove(path: string, depth: number): Promise<number> {
    let missing = 0;
    for (let at = posix.dirname(path); missing < depth && !(await this.#found(at)); at = posix.dirname(at)) missing += 1;
    return missing;
  }

  async #found(path: string): Promise<FileOfImage | undefined> {
    return await this.#context.files.find(this.#built ?? '', path);
  }

  #nameOf(path: string): string {
    const { image, sync } = this.#watched;
    const roots = [...(image.image.kind === 'directory' ? [image.image.path] : []), ...sync.values()];
    const root = roots.find((each) => isWithin(path, each));
    return root === undefined ? path : posixOf(relative(root, path)) || basename(path);
  }

  /** What becomes of each in the image, as the Dockerfile says it now. */
  async #fates(paths: readonly string[]): Promise<ReadonlyMap<string, Fate>> {
    const declared = new Map(paths.flatMap((path) => this.#declared(path)));
    const others = paths.filter((path) => !declared.has(path));
    return new Map([...declared, ...(others.length > 0 ? await this.#contextFates(others) : [])]);
  }

  /** Whose a file is that the image has stays as it is; a new one is root's, as a COPY would have it. */
  #declared(path: string): readonly (readonly [string, Fate])[] {
    for (const [directory, from] of this.#watched.sync) {
      if (!isWithin(path, from)) continue;
      const within = posixOf(relative(from, path));
      const target = { path: within === '' ? directory : posix.join(directory, within), depth: within.split('/').length - 1 };
      return [[path, { kind: 'copied', targets: [{ ...target, isDeclared: true }] }]];
    }
    return [];
  }

  async #contextFates(paths: readonly string[]): Promise<readonly (readonly [string, Fate])[]> {
    const { image, buildArguments } = this.#watched.image;
    if (image.kind !== 'directory') return paths.map((path) => [path, { kind: 'unused' }]);
    const directory = image.path;
    const names = paths.map((path) => posixOf(relative(directory, path)));
    try {
      const dockerfile = parseDockerfile((await readRegularFile(join(directory, 'Dockerfile'))).toString('utf8'));
      const files = [...new Set([...(await contextFiles(directory, 'Dockerfile')), ...names])]; // also what is gone
      const fateOf = copiedFiles(dockerfile, { files, ...(buildArguments && { buildArguments }) });
      return await Promise.all(
        paths.map(
          async (path, index): Promise<readonly [string, Fate]> => [
            path,
            isWithin(path, directory) ? await fateInContext(path, names[index] ?? '', fateOf) : { kind: 'unused' },
          ],
        ),
      );
    } catch (error) {
      const why = `what is copied cannot be told: ${reasonOf(error)}`; // the build tells more
      return paths.map((path) => [path, { kind: 'built', why }]);
    }
  }
}

async function fateInContext(path: string, name: string, fateOf: (name: string) => Fate): Promise<Fate> {
  if (['Dockerfile', '.dockerignore', 'Dockerfile.dockerignore'].includes(name)) return { kind: 'built', why: `${name} has changed` };
  const fate = fateOf(name);
  const found = await statOf(path);
  if (found?.isDirectory() && !(await isEmpty(path))) return { kind: 'unused' }; // what is in it has changes of its own
  if (fate.kind !== 'copied') return fate;
  if (!found) return { kind: 'built', why: `${name} is gone` };
  if (!found.isFile()) return { kind: 'built', why: `${name} is ${found.isDirectory() ? 'a new directory' : 'no regular file'}` };
  const mounted = fate.targets.find((target) => isWithin(target.path, '/opt/ml'));
  return mounted ? { kind: 'built', why: `${mounted.path} is where SageMaker puts files of its own` } : fate;
}

/** `…/12.tar` is the twelfth. */
const numberOf = (archive: string): number => Number.parseInt(basename(archive), 10);

async function statOf(path: string): Promise<Stats | undefined> {
  try {
    return await lstat(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT' || (error as NodeJS.ErrnoException).code === 'ENOTDIR') return undefined;
    throw error;
  }
}

const isEmpty = async (directory: string): Promise<boolean> => (await readdir(directory)).length === 0;
const isWithin = (path: string, directory: string): boolean =>
  path === directory || path.startsWith(directory.endsWith(sep) ? directory : directory + sep);
const posixOf = (path: string): string => path.split(sep).join('/');
