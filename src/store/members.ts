import { type Dirent, existsSync, lstatSync, readdirSync, readlinkSync, realpathSync, statSync } from 'node:fs';
import { join, sep } from 'node:path';
import { fail } from '../errors.ts';
import { whyOf } from './disk-trouble.ts';
import { slices } from './slices.ts';

/** One thing an archive will hold. */
export interface Member {
  /** Relative to the source directory, with `/`. */
  readonly name: string;
  /** Where its content and its attributes are; for what was a symlink, what it points to. */
  readonly path: string;
  readonly kind: 'file' | 'directory';
  /** Permission bits in place of its own; nothing is read of a directory that has them. */
  readonly mode?: number;
}

export interface CollectOptions {
  readonly signal?: AbortSignal;
  /** The path under which the sources' writer knew them (`/opt/ml/model`): absolute links to below it count as inside. */
  readonly seenAs?: string;
  /** `everywhere`: also links that lead out of the sources are followed, and none is a matter for a warning. `inside` when absent. */
  readonly links?: 'inside' | 'everywhere';
  readonly onWarning?: (warning: string) => void;
}

/** What the directories hold, merged and sorted by name; where names clash, the later directory wins. Errors: InputUnreadable. */
export async function collectMembers(sources: readonly string[], options: CollectOptions = {}): Promise<Member[]> {
  const warn = options.onWarning ?? (() => undefined);
  const members = new Map<string, Member>();
  const turn = slices();
  for (const source of sources) {
    for (const member of new Walk(source, options, warn).members()) {
      const other = members.get(member.name);
      if (other) replace(members, other, member, warn);
      members.set(member.name, member);
      options.signal?.throwIfAborted();
      await turn();
    }
  }
  return [...members.values()].sort((one, two) => (one.name < two.name ? -1 : 1));
}

function replace(members: Map<string, Member>, other: Member, member: Member, warn: (warning: string) => void): void {
  if (other.kind === 'directory' && member.kind === 'directory') return;
  warn(`${member.name} is in more than one directory; the last one's was taken.`);
  if (other.kind !== 'directory') return;
  for (const name of members.keys()) {
    if (name.startsWith(`${other.name}/`)) members.delete(name);
  }
}

/** One directory, read to the bottom. A walk reads directories and links only; the files themselves are not touched. */
class Walk {
  readonly #root: string;
  readonly #seenAs: string | undefined;
  readonly #isLink: boolean;
  readonly #followsAll: boolean;
  readonly #warn: (warning: string) => void;

  constructor(source: string, { seenAs, links }: CollectOptions, warn: (warning: string) => void) {
    this.#root = readable(source, () => realpathSync(source));
    this.#seenAs = seenAs;
    // Whoever wrote it in a container could have put a link to any file of this machine in its place.
    this.#isLink = seenAs !== undefined && readable(source, () => lstatSync(source).isSymbolicLink());
    this.#followsAll = links === 'everywhere';
    this.#warn = warn;
  }

  *members(): Generator<Member, void> {
    if (this.#isLink) this.#warn(`${this.#seenAs} was left out: it is a symlink.`);
    else yield* this.#below(this.#root, '', false);
  }

  *#below(directory: string, prefix: string, isLinked: boolean): Generator<Member, void> {
    for (const entry of readable(directory, () => readdirSync(directory, { withFileTypes: true }))) {
      const name = prefix + entry.name;
      const path = join(directory, entry.name);
      if (entry.name.includes('\uFFFD') && !existsSync(path)) this.#warn(`${name} was left out: its name is not valid UTF-8.`);
      else if (entry.isFile()) yield { name, path, kind: 'file' };
      else if (entry.isDirectory()) {
        yield { name, path, kind: 'directory' };
        yield* this.#below(path, `${name}/`, isLinked);
      } else if (entry.isSymbolicLink()) yield* this.#behind(path, name, isLinked);
      else this.#warn(`${name} was left out: it is ${kindOf(entry)}.`);
    }
  }

  /** A link stands for what it points to, since SageMaker does not deploy archives with links. */
  *#behind(link: string, name: string, isLinked: boolean): Generator<Member, void> {
    const leftOut = (why: string) => this.#warn(`${name} was left out: it is a symlink ${why}.`);
    const target = this.#targetOf(link);
    if (target === undefined) return leftOut('to something that is not there');
    if (!this.#followsAll && !isWithin(this.#root, target)) return leftOut('that leads out of the directory');
    const stat = statSync(target);
    if (stat.isFile()) yield { name, path: target, kind: 'file' };
    else if (!stat.isDirectory()) return leftOut('to neither a file nor a directory');
    // Links among directories could name the same files without end; one link on the way down is what people use.
    else if (isLinked) return leftOut('to a directory, below another such link');
    else if (isWithin(target, realpathSync(join(link, '..')))) return leftOut('to a directory that holds it');
    else {
      yield { name, path: target, kind: 'directory' };
      yield* this.#below(target, `${name}/`, true);
    }
    if (!this.#followsAll) this.#warn(`${name} is a symlink; what it points to was stored in its place.`);
  }

  #targetOf(link: string): string | undefined {
    try {
      const text = readlinkSync(link);
      const rest = this.#seenAs === undefined ? undefined : restBelow(this.#seenAs, text);
      return realpathSync(rest === undefined ? link : join(this.#root, rest));
    } catch {
      return undefined;
    }
  }
}

function readable<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw fail('InputUnreadable', { what: 'Files to archive', path, why: whyOf(error) }, error);
  }
}

const isWithin = (directory: string, path: string): boolean =>
  `${path}${sep}`.startsWith(directory.endsWith(sep) ? directory : `${directory}${sep}`);

/** What remains of an absolute POSIX path below `directory`. */
const restBelow = (directory: string, path: string): string | undefined =>
  path === directory || path.startsWith(`${directory}/`) ? `.${path.slice(directory.length)}` : undefined;

function kindOf(entry: Dirent): string {
  if (entry.isFIFO()) return 'a FIFO';
  if (entry.isSocket()) return 'a socket';
  return 'a device';
}
