import { readdir, readFile, rm } from 'node:fs/promises';
import { basename, join, posix } from 'node:path';
import type { ImageRequest } from '../image.ts';
import { contextFates, isWithin, nameOf, statOf } from './context-fates.ts';
import type { Fate, Target } from './copied-files.ts';
import { isOfNobody } from './ignored.ts';
import { digestOf, type FileOfImage, type ImageFiles, largestCompared } from './image-files.ts';
import { chmodded } from './modes.ts';
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
  /** What was handed out last differs in this from the image. */
  #difference = '';
  /** What an image that is not built here was handed out as last. */
  #laidOver: ImageRequest;
  #turn: Promise<unknown> = Promise.resolve();

  /** What is declared is laid over an image that is not built here from the beginning. Errors: those of the file system, trouble of the engine. */
  static async open(watched: WatchedImage, context: UpdatesContext): Promise<ImageUpdates> {
    const updates = new ImageUpdates(watched, context);
    if (updates.#canBuild) return updates;
    const declared = await Promise.all([...watched.sync.values()].map(filesBelow));
    await updates.update(declared.flat());
    return updates;
  }

  private constructor(watched: WatchedImage, context: UpdatesContext) {
    this.#watched = watched;
    this.#context = context;
    this.#laidOver = watched.image;
    if (watched.image.image.kind === 'image') this.#built = watched.image.image.reference;
    else this.#mustBuild = 'it has not been built yet';
  }

  /**
   * The way to an image with these changes, and with those that have not reached one yet; one after the other. As long as a build is due that has
   * not come to be, whatever touches the image is a build. Errors: trouble of the engine and the disk.
   */
  async update(changed: readonly string[]): Promise<Update> {
    const update = this.#turn.then(() => this.#update(changed));
    this.#turn = update.catch(() => {}); // whoever asked hears of it
    return await update;
  }

  /** Builds the image anew, whatever has changed; one that is not built here stays what it is. */
  rebuild(): Update & { readonly kind: 'build' } {
    return this.#build('asked for');
  }

  /** The build that was handed out last has made this image: patches begin with nothing again. */
  built(imageId: string): void {
    if (!this.#canBuild) return;
    this.#built = imageId;
    this.#building = undefined;
    this.#mustBuild = undefined;
    this.#difference = '';
  }

  /** This one runs now: what others before it were made of can go. Another one may be in the making meanwhile. */
  async runs(update: Update): Promise<void> {
    const patches = update.kind === 'patch' ? (update.image.patches ?? []) : [];
    const own = patches.filter((path) => isWithin(path, this.#context.directory)).map(numberOf);
    const first = update.kind === 'patch' ? Math.min(...own, this.#patches) : this.#firstAfterBuild;
    const kept = (this.#laidOver.patches ?? []).map((path) => basename(path));
    for (const name of await readdir(this.#context.directory)) {
      if (numberOf(name) < first && !kept.includes(name)) await rm(join(this.#context.directory, name), { force: true });
    }
  }

  get #canBuild(): boolean {
    return this.#watched.image.image.kind === 'directory';
  }

  async #update(changed: readonly string[]): Promise<Update> {
    const { sourceDirectory } = this.#watched;
    const ofImage = changed.filter((path) => !(sourceDirectory !== undefined && isWithin(path, sourceDirectory) && !this.#isElse(path)));
    const fates = await this.#fates([...ofImage, ...this.#changed]);
    const touching = ofImage.filter((path) => fates.get(path)?.kind !== 'unused');
    // Source code may lie in the context without being of the image. A build that is under way goes on.
    const isCode = sourceDirectory !== undefined && changed.some((path) => isWithin(path, sourceDirectory));
    const otherwise = { kind: isCode ? 'code' : 'none' } as const;
    if (touching.length === 0) return otherwise;
    for (const path of [...touching, ...(this.#building ?? [])]) this.#changed.add(path); // what was asked for has not come to be
    this.#building = undefined;
    const why = touching.map((path) => fates.get(path)).find((fate) => fate?.kind === 'built')?.why;
    if (this.#canBuild && why !== undefined) return this.#build(why);
    const patch = this.#isBuildDue ? undefined : await this.#patch(fates);
    if (this.#isBuildDue) return this.#build('what has changed before it is not built yet'); // also where that was asked for meanwhile
    if (typeof patch === 'string') return this.#build(patch);
    return patch ?? otherwise;
  }

  get #isBuildDue(): boolean {
    return this.#canBuild && this.#mustBuild !== undefined;
  }

  /** Whether it is of the image besides. */
  #isElse(path: string): boolean {
    const { image, sync } = this.#watched;
    const isOfContext = image.image.kind === 'directory' && isWithin(path, image.image.path);
    return isOfContext || [...sync.values()].some((from) => isWithin(path, from));
  }

  #build(why: string): Update & { readonly kind: 'build' } {
    if (!this.#canBuild) return { kind: 'build', why, image: this.#laidOver };
    this.#mustBuild = why;
    this.#firstAfterBuild = this.#patches + 1;
    this.#building = new Set([...(this.#building ?? []), ...this.#changed]);
    this.#changed = new Set();
    return { kind: 'build', why, image: this.#watched.image };
  }

  /** Undefined where it would be what was handed out last; a text tells why it takes a build. */
  async #patch(fates: ReadonlyMap<string, Fate>): Promise<Update | string | undefined> {
    const files: PatchFile[] = [];
    const difference: string[] = [];
    const notes: string[] = [];
    for (const [source, fate] of fates) {
      if (fate.kind === 'built') return fate.why;
      if (fate.kind !== 'copied') continue;
      const found = await statOf(source);
      if (found?.isDirectory()) continue;
      if (!found?.isFile()) {
        // Of what is declared; no archive takes a file away.
        notes.push(`${this.#nameOf(source)} is ${found ? 'no regular file' : 'gone'} here; containers find it as the image has it`);
        continue;
      }
      const content = found.size <= largestCompared ? digestOf(await readFile(source)) : `${found.size} ${found.mtimeMs}`;
      for (const target of fate.targets) {
        const place = await this.#placeOf(target, source, found.mode & 0o7777);
        if (typeof place === 'string' && this.#canBuild) return place;
        if (typeof place === 'string') notes.push(place);
        else if (!(await this.#isInImage(place, content))) {
          files.push(place);
          difference.push([place.path, place.mode, place.uid, place.gid, content].join(' '));
        }
      }
    }
    const whole = [...difference.sort(), ...notes].join('\n');
    if (whole === this.#difference) return undefined;
    this.#difference = whole;
    const { buildArguments: _built, ...request } = this.#watched.image;
    const reference = this.#built ?? '';
    const archives = files.length > 0 ? [await this.#archive(files)] : [];
    const image = { ...request, image: { kind: 'image', reference } as const, patches: [...(request.patches ?? []), ...archives] };
    this.#laidOver = image;
    return { kind: 'patch', image, files: files.map(({ path }) => path), notes };
  }

  async #archive(files: readonly PatchFile[]): Promise<string> {
    this.#patches += 1;
    const archive = join(this.#context.directory, `${this.#patches}.tar`);
    await writePatch(archive, files);
    return archive;
  }

  async #isInImage({ path, mode, uid, gid }: PatchFile, content: string): Promise<boolean> {
    const found = await this.#found(path);
    return found?.kind === 'file' && found.digest === content && found.mode === mode && found.uid === uid && found.gid === gid;
  }

  /** Where the image has it, with what mode and owner; a text tells why that needs a build. */
  async #placeOf({ below, ...target }: Target, source: string, own: number): Promise<PatchFile | string> {
    const found = await this.#found(target.path);
    if (below && found?.kind === 'directory') return await this.#placeOf(below, source, own);
    if (found && found.kind !== 'file') return `${this.#nameOf(source)} is a file now, and the image has none there`;
    if (found) return this.#replaced(target, found, source, own);
    return below ? `${this.#nameOf(source)} is nowhere in the image yet` : await this.#added(target, source, own);
  }

  #replaced({ path, owner, modes, isDoubtful, isDeclared }: Target, found: FileOfImage, source: string, own: number): PatchFile | string {
    const mode = modeAfter(modes, own);
    const { uid, gid } = isDoubtful ? found : (owner ?? found);
    if (isDeclared) return { source, path, mode: found.mode, uid, gid };
    const isLikely = !isDoubtful || found.mode === mode || found.mode === own;
    if (mode === undefined || !isLikely) return `only a build tells the mode of ${this.#nameOf(source)}`;
    return { source, path, mode: isDoubtful ? found.mode : mode, uid, gid };
  }

  async #added(
    { path, owner, modes = [], isDoubtful, depth = 0, isDeclared }: Target,
    source: string,
    own: number,
  ): Promise<PatchFile | string> {
    const mode = modeAfter(modes, own);
    const directories = await this.#missingAbove(path, depth);
    const by = isDeclared ? { uid: 0, gid: 0 } : owner;
    const isClear = !isDoubtful && directories !== undefined && (modes.length === 0 || directories === 0);
    if (!isClear || mode === undefined || !by) return `${this.#nameOf(source)} is new, and only a build tells its mode and its owner`;
    return { source, path, mode, ...by, directories };
  }

  /** How many of the directories that come along with a file the image lacks; undefined when something else is in their way. */
  async #missingAbove(path: string, depth: number): Promise<number | undefined> {
    for (let missing = 0, at = posix.dirname(path); ; missing += 1, at = posix.dirname(at)) {
      const found = await this.#found(at);
      if (found) return found.kind === 'directory' ? missing : undefined;
      if (missing === depth) return missing;
    }
  }

  async #found(path: string): Promise<FileOfImage | undefined> {
    return await this.#context.files.find(this.#built ?? '', path);
  }

  #nameOf(path: string): string {
    const { image, sync } = this.#watched;
    const roots = [...(image.image.kind === 'directory' ? [image.image.path] : []), ...sync.values()];
    const root = roots.find((each) => isWithin(path, each));
    return root === undefined ? path : nameOf(root, path) || basename(path);
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
      const within = nameOf(from, path);
      const target = { path: within === '' ? directory : posix.join(directory, within), depth: within.split('/').length - 1 };
      return [[path, { kind: 'copied', targets: [{ ...target, isDeclared: true }] }]];
    }
    return [];
  }

  async #contextFates(paths: readonly string[]): Promise<ReadonlyMap<string, Fate>> {
    const { image, buildArguments } = this.#watched.image;
    if (image.kind !== 'directory') return new Map(paths.map((path) => [path, { kind: 'unused' }]));
    const inspect = (reference: string) => this.#context.files.inspect(reference);
    return await contextFates({ directory: image.path, inspect, ...(buildArguments && { buildArguments }) }, paths);
  }
}

const modeAfter = (changes: readonly string[] | undefined, own: number): number | undefined =>
  (changes ?? []).reduce<number | undefined>((mode, change) => (mode === undefined ? undefined : chmodded(mode, change)), own);

/** `…/12.tar` is the twelfth. */
const numberOf = (archive: string): number => Number.parseInt(basename(archive), 10);

/** The regular files, or the one that it is. Errors: those of the file system. */
async function filesBelow(path: string): Promise<readonly string[]> {
  if ((await statOf(path))?.isFile()) return [path];
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => ({ name: nameOf(path, join(entry.parentPath, entry.name)), at: join(entry.parentPath, entry.name) }));
  return files.filter(({ name }) => !isOfNobody(name)).map(({ at }) => at);
}
