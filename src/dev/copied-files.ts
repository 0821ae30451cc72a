import { posix } from 'node:path';
import type { Dockerfile, Instruction } from '../engine/dockerfile.ts';
import { expanded, jsonWords } from '../engine/dockerfile-words.ts';

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
  readonly below?: string;
  /** What the copy has of mode and owner; absent where only the image can tell. */
  readonly attributes?: Attributes;
  /** How many of the directories around it have been copied with it. */
  readonly depth?: number;
  /** By the user, rather than worked out. */
  readonly isDeclared?: boolean;
}

export interface Attributes {
  /** That of the file when absent. */
  readonly mode?: number;
  readonly uid: number;
  readonly gid: number;
}

export interface ContextFacts {
  /** Of the context, after .dockerignore: paths with `/`, relative to it. */
  readonly files: readonly string[];
  readonly buildArguments?: Readonly<Record<string, string>>;
}

/**
 * Works out from a Dockerfile alone what becomes of each file of its context: one that a COPY of the stage that is built takes in, and that
 * nothing after it could depend on, may be laid over the image instead of building it again. In doubt it was built. Source: the reference of the
 * Dockerfile, COPY and ADD; what matches is what Go's filepath.Match matches.
 */
export function copiedFiles(dockerfile: Dockerfile, { files, buildArguments = {} }: ContextFacts): (path: string) => Fate {
  const steps = stepsOf(dockerfile, buildArguments);
  /** Place in the image -> the file that has it in the end. */
  const winners = new Map<string, string>();
  for (const step of steps) {
    if (step.kind !== 'copy') continue;
    for (const file of files)
      for (const { path, below } of targetsIn(step, file))
        for (const place of [path, below]) if (place !== undefined) winners.set(place, file);
  }
  return (path) => fateOf(path, steps, winners);
}

type Step =
  | {
      readonly kind: 'copy';
      readonly line: number;
      readonly text: string;
      readonly isAdd: boolean;
      readonly sources: readonly string[];
      readonly target: string;
      /** It is a directory for certain. */
      readonly isDirectory: boolean;
      readonly attributes: Attributes | undefined;
    }
  /** Changes modes and owners alone. */
  | { readonly kind: 'attributes' }
  /** May make anything of what is there. `takes`: of the context itself, where it does. */
  | { readonly kind: 'anything'; readonly line: number; readonly text: string; readonly takes?: string }
  /** Puts what is not of the context there. */
  | { readonly kind: 'foreign'; readonly line: number; readonly text: string; readonly target: string }
  /** What is below is not the image's any more. */
  | { readonly kind: 'volume'; readonly line: number; readonly text: string; readonly paths: readonly string[] };

type Copy = Extract<Step, { kind: 'copy' }>;

function fateOf(path: string, steps: readonly Step[], winners: ReadonlyMap<string, string>): Fate {
  const targets: Target[] = [];
  for (const [index, step] of steps.entries()) {
    if (step.kind === 'anything' && step.takes !== undefined && isWithin(path, step.takes)) return built(step, path);
    if (step.kind !== 'copy') continue;
    const own = targetsIn(step, path);
    if (own.length === 0) continue;
    if (step.isAdd && /\.(tar|tgz|tbz2?|txz|gz|bz2|xz|zst)$/i.test(path)) return built(step, path);
    const later = steps.slice(index + 1);
    const blocked = later.find((other) => other.kind === 'anything');
    if (blocked?.kind === 'anything') return built(blocked, path);
    const hasNewAttributes = later.some((other) => other.kind === 'attributes');
    for (const target of own) {
      const places = target.below === undefined ? [target.path] : [target.path, target.below];
      const cover = steps.find((other) => covers(other, places, steps.indexOf(other) > index));
      if (cover && 'line' in cover) return built(cover, path);
      if (!places.some((place) => winners.get(place) === path)) continue;
      const { attributes, ...rest } = target;
      targets.push(hasNewAttributes || attributes === undefined ? rest : { ...rest, attributes });
    }
  }
  return targets.length > 0 ? { kind: 'copied', targets: once(targets) } : { kind: 'unused' };
}

/** The last copy to a place says what it has of mode and owner. */
const once = (targets: readonly Target[]): readonly Target[] => [...new Map(targets.map((target) => [target.path, target])).values()];

function covers(step: Step, places: readonly string[], isLater: boolean): boolean {
  if (step.kind === 'volume') return places.some((place) => step.paths.some((path) => isWithin(place, path)));
  return isLater && step.kind === 'foreign' && places.some((place) => isWithin(place, step.target) || isWithin(step.target, place));
}

const built = ({ line, text }: { readonly line: number; readonly text: string }, path: string): Fate => ({
  kind: 'built',
  why: `Dockerfile line ${line}, ${shortened(text)}, may depend on ${path}`,
});

const shortened = (text: string): string => (text.length > 60 ? `${text.slice(0, 59)}…` : text);

// --- where a copy puts a file ---------------------------------------------------------------------

function targetsIn(step: Copy, file: string): readonly Target[] {
  const { attributes } = step;
  return step.sources.flatMap((source): Target[] => {
    for (const taken of [file, ...parentsOf(file)]) {
      if (!matches(source, taken)) continue;
      if (taken !== file) {
        const within = file.slice(taken === '' ? 0 : taken.length + 1);
        return [{ path: posix.join(step.target, within), ...(attributes && { attributes }), depth: within.split('/').length - 1 }];
      }
      const below = posix.join(step.target, posix.basename(file));
      if (step.isDirectory) return [{ path: below, ...(attributes && { attributes }) }];
      return [{ path: step.target, below }]; // which of them it is, only the image can tell
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
const hasWildcard = (text: string): boolean => /[*?[\\]/.test(text);

const isWithin = (path: string, directory: string): boolean =>
  directory === '/' || directory === '' || path === directory || path.startsWith(`${directory}/`);

// --- what the instructions do ---------------------------------------------------------------------

/** Those that the image is made by: of the last stage, and of the stages it stands on. What other stages take in of the context may be in it too. */
function stepsOf({ instructions }: Dockerfile, buildArguments: Readonly<Record<string, string>>): readonly Step[] {
  const stages: { readonly name: string; readonly base: string; readonly instructions: Instruction[] }[] = [];
  const first: Instruction[] = [];
  for (const instruction of instructions) {
    if (instruction.name === 'FROM') {
      const words = instruction.words.filter((word) => !word.startsWith('--'));
      stages.push({ base: words[0] ?? '', name: (words[2] ?? '').toLowerCase(), instructions: [] });
    } else (stages.at(-1)?.instructions ?? first).push(instruction);
  }
  const globals = new Map<string, string>();
  for (const { name, words } of first) if (name === 'ARG') declare(words, globals, globals, buildArguments);
  const chain = new Set<number>();
  for (let index = stages.length - 1; index >= 0; ) {
    chain.add(index);
    const base = (stages[index]?.base ?? '').toLowerCase();
    const below = /^\d+$/.test(base) ? Number(base) : stages.findIndex(({ name }) => name !== '' && name === base);
    index = below < index ? below : -1;
  }
  // What other stages make comes first: whatever they take in of the context is not copied alone.
  const others = stages.flatMap((stage, index) =>
    chain.has(index) ? [] : stepsIn(stage.instructions, globals, buildArguments, freshState()),
  );
  const state = freshState();
  const own = [...chain].reverse().flatMap((index) => stepsIn(stages[index]?.instructions ?? [], globals, buildArguments, state));
  return [...others.flatMap(asTaken), ...own];
}

const asTaken = (step: Step): readonly Step[] => {
  if (step.kind === 'copy')
    return step.sources.map((source) => ({ kind: 'anything', line: step.line, text: step.text, takes: fixedPart(source) }));
  return step.kind === 'anything' && step.takes !== undefined ? [step] : [];
};

const fixedPart = (source: string): string => (hasWildcard(source) ? '' : source);

interface State {
  /** Undefined until it is named in full: that of the base image. */
  directory: string | undefined;
  readonly variables: Map<string, string>;
  readonly settled: Set<string>;
  readonly directories: Set<string>;
}

const freshState = (): State => ({ directory: undefined, variables: new Map(), settled: new Set(), directories: new Set(['/']) });

function stepsIn(
  instructions: readonly Instruction[],
  globals: ReadonlyMap<string, string>,
  buildArguments: Readonly<Record<string, string>>,
  state: State,
): readonly Step[] {
  return instructions.flatMap((instruction): readonly Step[] => {
    const { name, words, line } = instruction;
    const text = [name, ...words].join(' ');
    switch (name) {
      case 'ARG':
        declare(words, state.variables, globals, buildArguments, state.settled);
        return [];
      case 'ENV':
        setVariables(words, state);
        return [];
      case 'WORKDIR': {
        const path = expanded(words.join(' '), state.variables);
        state.directory = path === undefined ? undefined : placed(path, state.directory);
        if (state.directory !== undefined) state.directories.add(state.directory);
        return [];
      }
      case 'VOLUME': {
        const paths = (jsonWords(words) ?? words).map((word) => expanded(word, state.variables));
        return [{ kind: 'volume', line, text, paths: paths.map((path) => (path === undefined ? '/' : posix.normalize(path))) }];
      }
      case 'RUN':
        return [runStep(instruction, text)];
      case 'COPY':
      case 'ADD':
        return [copyStep(instruction, text, state)];
      default:
        return [];
    }
  });
}

function declare(
  words: readonly string[],
  variables: Map<string, string>,
  globals: ReadonlyMap<string, string>,
  buildArguments: Readonly<Record<string, string>>,
  settled: ReadonlySet<string> = new Set(),
): void {
  for (const word of words) {
    const [, name = '', given] = /^(\w+)(?:=(.*))?$/s.exec(word) ?? [];
    if (name === '' || settled.has(name)) continue; // ENV wins over ARG
    const value = buildArguments[name] ?? (given === undefined ? globals.get(name) : expanded(given, variables));
    if (value === undefined) variables.delete(name);
    else variables.set(name, value);
  }
}

function setVariables(words: readonly string[], { variables, settled }: State): void {
  const [first = '', ...rest] = words;
  const pairs = first.includes('=')
    ? words.map((word): [string, string] => [word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1)])
    : [[first, rest.join(' ')] as [string, string]];
  const values = pairs.map(([name, text]) => [name, expanded(text, variables)] as const); // all of one line see what was before it
  for (const [name, value] of values) {
    settled.add(name);
    if (value === undefined) variables.delete(name);
    else variables.set(name, value);
  }
}

const placed = (path: string, directory: string | undefined): string | undefined =>
  path.startsWith('/')
    ? withoutSlash(posix.normalize(path))
    : directory === undefined
      ? undefined
      : withoutSlash(posix.join(directory, path));

const withoutSlash = (path: string): string => (path.length > 1 ? path.replace(/\/+$/, '') : path);

function runStep({ words, line, hasHeredoc }: Instruction, text: string): Step {
  const mounts = words.filter((word) => word.startsWith('--mount='));
  const bind = mounts.map(boundSource).find((source) => source !== undefined);
  const command = words.filter((word) => !word.startsWith('--'));
  if (!hasHeredoc && mounts.length === 0 && changesAttributesAlone(command)) return { kind: 'attributes' };
  return { kind: 'anything', line, text, ...(bind !== undefined && { takes: bind }) };
}

/** What a bind mount shows of the context; undefined when it shows something else. */
function boundSource(mount: string): string | undefined {
  const settings = new Map(
    mount
      .slice('--mount='.length)
      .split(',')
      .map((part) => part.split('=') as [string, string | undefined]),
  );
  if ((settings.get('type') ?? 'bind') !== 'bind' || settings.has('from')) return undefined;
  const source = settings.get('source') ?? settings.get('src') ?? '';
  return source.includes('$') ? '' : relativeSource(source);
}

/** `chmod +x serve && chown …`: commands that make nothing of what is in a file. */
function changesAttributesAlone(words: readonly string[]): boolean {
  const json = jsonWords(words);
  if (json) return attributeCommands.test(json[0] ?? '');
  const text = words.join(' ');
  if (/[`|<>&]|\$\(/.test(text.replaceAll('&&', ''))) return false;
  return text.split(/&&|;/).every((command) => attributeCommands.test(command.trim().split(/\s+/)[0] ?? ''));
}

const attributeCommands = /^(\/usr)?(\/bin\/)?(chmod|chown|chgrp|mkdir)$/;

function copyStep({ name, words, line, hasHeredoc }: Instruction, text: string, state: State): Step {
  const flags = words.filter((word, index) => word.startsWith('--') && words.slice(0, index).every((each) => each.startsWith('--')));
  const rest = words.slice(flags.length);
  const list = (jsonWords(rest) ?? rest).map((word) => expanded(word, state.variables));
  const given = (flag: string): string | undefined => flags.find((word) => word.startsWith(`--${flag}=`))?.slice(flag.length + 3);
  const to = list.at(-1);
  const target = to === undefined ? undefined : placed(to, state.directory);
  const isForeign = given('from') !== undefined;
  if (isForeign) return { kind: 'foreign', line, text, target: target ?? '/' };
  const sources = list.slice(0, -1);
  const isBeyond = flags.some((word) => !/^--(chown|chmod|link)(=|$)/.test(word));
  if (target === undefined || to === undefined || isBeyond || hasHeredoc || sources.some((source) => source === undefined)) {
    return { kind: 'anything', line, text, takes: '' };
  }
  const local = sources.filter((source): source is string => source !== undefined && !/^(https?|git|ssh):\/\/|^git@/.test(source));
  if (local.length < sources.length) return { kind: 'anything', line, text, takes: '' };
  const isDirectory =
    /\/$|(^|\/)\.{1,2}$/.test(to) ||
    local.length > 1 ||
    local.some(hasWildcard) ||
    state.directories.has(target) ||
    target === state.directory;
  if (isDirectory) state.directories.add(target);
  return {
    kind: 'copy',
    line,
    text,
    isAdd: name === 'ADD',
    sources: local.map(relativeSource),
    target,
    isDirectory,
    attributes: attributesOf(given),
  };
}

/** Relative to the context, which nothing leads out of; `''` is all of it. */
const relativeSource = (source: string): string => posix.join('/', source).replace(/\/+$/, '').slice(1);

/** Names of users are known to the image alone. */
function attributesOf(given: (flag: string) => string | undefined): Attributes | undefined {
  const owner = given('chown') ?? '0:0';
  const mode = given('chmod');
  const [uid, gid = uid] = owner.split(':');
  if (!/^\d+$/.test(uid ?? '') || !/^\d+$/.test(gid ?? '') || (mode !== undefined && !/^[0-7]{3,4}$/.test(mode))) return undefined;
  return { uid: Number(uid), gid: Number(gid), ...(mode !== undefined && { mode: Number.parseInt(mode, 8) }) };
}
