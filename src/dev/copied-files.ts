import { posix } from 'node:path';
import type { Dockerfile } from '../engine/dockerfile.ts';
import { buildSteps } from './build-steps.ts';
import { type AttributesStep, type BaseFacts, type CopyStep, hasWildcard, type Owner, type Step } from './instruction-steps.ts';

/** What a Dockerfile makes of one file of its context. */
export type Fate =
  /** It is in the image as it is, at each of these places. */
  | { readonly kind: 'copied'; readonly targets: readonly Target[] }
  /** No instruction takes it in. */
  | { readonly kind: 'unused' }
  /** Its content may have become something else, or nobody can tell: `why` names the line. */
  | { readonly kind: 'built'; readonly why: string };

export interface Target {
  /** Absolute, in the image. */
  readonly path: string;
  /** Where it is instead when the builder has found a directory at `path`. */
  readonly below?: Target;
  /** Absent where only the image can tell. */
  readonly owner?: Owner;
  /** What is done to the mode that the file has here, one after the other, as chmod has it. */
  readonly modes?: readonly string[];
  /** Mode and owner may have been changed besides. */
  readonly isDoubtful?: boolean;
  /** How many of the directories around it have been copied with it. */
  readonly depth?: number;
  /** By the user, rather than worked out. */
  readonly isDeclared?: boolean;
}

export interface ContextFacts {
  /** Of the context, after .dockerignore: paths with `/`, relative to it. */
  readonly files: readonly string[];
  /** Those of them that are links. */
  readonly links?: ReadonlySet<string>;
  readonly buildArguments?: Readonly<Record<string, string>>;
  /** Of the image that the first stage stands on, if it is known. */
  readonly base?: BaseFacts;
}

/**
 * Works out from a Dockerfile alone what becomes of each file of its context: one that a COPY of the stage that is built takes in, and that
 * nothing after it could depend on, may be laid over the image instead of building it again. In doubt it was built. Source: the reference of the
 * Dockerfile, COPY and ADD; what matches is what Go's filepath.Match matches.
 */
export function copiedFiles(
  dockerfile: Dockerfile,
  { files, links = new Set(), buildArguments = {}, base }: ContextFacts,
): (path: string) => Fate {
  const steps = buildSteps(dockerfile, buildArguments, base);
  /** Place in the image -> the file that has it in the end. */
  const winners = new Map<string, string>();
  for (const step of steps) {
    if (step.kind !== 'copy') continue;
    for (const file of files) {
      for (const target of targetsIn(step, file)) for (const place of placesOf(target)) winners.set(place, file);
    }
  }
  const linked = steps.find((step) => step.kind === 'copy' && step.sources.some((source) => leadsThrough(source, links)));
  return (path) => {
    if (linked?.kind === 'copy')
      return { kind: 'built', why: `Dockerfile line ${linked.line}, ${shortened(linked.text)}, copies what is behind a link` };
    return fateOf(path, steps, winners);
  };
}

/** Links that a source names, or is behind of, are followed; those in a directory are copied as they are. */
const leadsThrough = (source: string, links: ReadonlySet<string>): boolean =>
  [...links].some((link) => source.startsWith(`${link}/`) || matches(source, link));

function fateOf(path: string, steps: readonly Step[], winners: ReadonlyMap<string, string>): Fate {
  const targets: Target[] = [];
  for (const [index, step] of steps.entries()) {
    if (step.kind === 'anything' && step.takes !== undefined && isWithin(path, step.takes)) return built(step, path);
    if (step.kind !== 'copy') continue;
    const own = targetsIn(step, path);
    if (own.length === 0) continue;
    if (step.isAdd && step.sources.some((source) => matches(source, path))) return built(step, path);
    const later = steps.slice(index + 1);
    const blocked = later.find((other) => other.kind === 'anything');
    if (blocked?.kind === 'anything') return built(blocked, path);
    for (const target of own) {
      const places = placesOf(target);
      const cover = steps.find((other, at) => covers(other, places, at > index));
      if (cover) return built(cover, path);
      const won = places.filter((place) => winners.get(place) === path);
      if (won.length === 0) continue;
      if (won.length < places.length) return built(step, path); // which of the two it is decides whose it is
      targets.push(later.reduce(changed, target));
    }
  }
  return targets.length > 0 ? { kind: 'copied', targets: once(targets) } : { kind: 'unused' };
}

/** The last copy to a place says what it has of mode and owner. */
const once = (targets: readonly Target[]): readonly Target[] => [...new Map(targets.map((target) => [target.path, target])).values()];

const placesOf = ({ path, below }: Target): readonly string[] => (below === undefined ? [path] : [path, below.path]);

function covers(step: Step, places: readonly string[], isLater: boolean): step is Step & { readonly kind: 'volume' | 'foreign' } {
  if (step.kind === 'volume') return places.some((place) => step.paths.some((path) => isWithin(place, path)));
  return isLater && step.kind === 'foreign' && places.some((place) => isWithin(place, step.target) || isWithin(step.target, place));
}

/** The target after a change of modes and owners. */
function changed(target: Target, step: Step): Target {
  if (step.kind !== 'attributes') return target;
  const { below, ...own } = target;
  const alone = step.paths === undefined || strikes(step, own.path) ? changedAlone(own, step) : own;
  return below ? { ...alone, below: changed(below, step) } : alone;
}

const strikes = ({ paths = [], isRecursive }: AttributesStep, place: string): boolean =>
  paths.some((path) => place === path || (isRecursive && isWithin(place, path)));

function changedAlone(target: Target, { paths, mode, owner: after }: AttributesStep): Target {
  if (!paths) return { ...target, isDoubtful: true };
  const { owner: before, modes = [], ...rest } = target;
  const owner = after === undefined ? before : after === 'named' ? undefined : after;
  return { ...rest, ...(owner && { owner }), modes: mode === undefined ? modes : [...modes, mode] };
}

const built = ({ line, text }: { readonly line: number; readonly text: string }, path: string): Fate => ({
  kind: 'built',
  why: `Dockerfile line ${line}, ${shortened(text)}, may depend on ${path}`,
});

const shortened = (text: string): string => (text.length > 60 ? `${text.slice(0, 59)}…` : text);

/** Where a copy puts a file. */
function targetsIn({ sources, target, isDirectory, owner, mode }: CopyStep, file: string): readonly Target[] {
  const own = { ...(owner && { owner }), modes: mode === undefined ? [] : [mode] };
  return sources.flatMap((source): Target[] => {
    for (const taken of [file, ...parentsOf(file)]) {
      if (!matches(source, taken)) continue;
      if (taken !== file) {
        const within = file.slice(taken === '' ? 0 : taken.length + 1);
        return [{ path: posix.join(target, within), ...own, depth: within.split('/').length - 1 }];
      }
      const below = posix.join(target, posix.basename(file));
      if (isDirectory) return [{ path: below, ...own }];
      return [{ path: target, below: { path: below, ...own }, ...own }]; // which of them it is, only the image can tell
    }
    return [];
  });
}

/** From the nearest to the context itself, `''`. */
function parentsOf(file: string): readonly string[] {
  const parts = file.split('/');
  return parts.map((_, index) => parts.slice(0, parts.length - 1 - index).join('/'));
}

/** As Go's filepath.Match: `*` and `?` never match a `/`. */
function matches(pattern: string, path: string): boolean {
  if (!hasWildcard(pattern)) return pattern === path;
  let source = '';
  for (let at = 0; at < pattern.length; at += 1) {
    const sign = pattern[at] ?? '';
    if (sign === '*') source += '[^/]*';
    else if (sign === '?') source += '[^/]';
    else if (sign === '\\') {
      at += 1;
      source += escaped(pattern[at] ?? '');
    } else if (sign === '[') {
      const end = pattern.indexOf(']', at + 2);
      if (end < 0) return false;
      source += `(?!/)[${pattern.slice(at + 1, end).replaceAll('\\', '\\\\')}]`;
      at = end;
    } else source += escaped(sign);
  }
  return new RegExp(`^${source}$`, 'u').test(path);
}

const escaped = (text: string): string => text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');

const isWithin = (path: string, directory: string): boolean =>
  directory === '/' || directory === '' || path === directory || path.startsWith(`${directory}/`);
