import { posix } from 'node:path';
import type { Instruction } from '../engine/dockerfile.ts';
import { expanded, jsonWords, type Variables } from '../engine/dockerfile-words.ts';

/** What an instruction does to the files of the image, as far as it can be told without running it. */
export type Step =
  | CopyStep
  | AttributesStep
  /** May make anything of what is there. `takes`: of the context itself, where it does; `''` is all of it. */
  | { readonly kind: 'anything'; readonly line: number; readonly text: string; readonly takes?: string }
  /** Puts what is not of the context there. */
  | { readonly kind: 'foreign'; readonly line: number; readonly text: string; readonly target: string }
  /** What is below is not the image's any more. */
  | { readonly kind: 'volume'; readonly line: number; readonly text: string; readonly paths: readonly string[] };

/** A `chmod`, `chown` or `chgrp`. */
export interface AttributesStep {
  readonly kind: 'attributes';
  /** What it changes; absent where that cannot be told. */
  readonly paths?: readonly string[];
  /** Also what is below them. */
  readonly isRecursive: boolean;
  /** As chmod has it; absent where modes stay. */
  readonly mode?: string;
  /** `named` where the image alone can tell; absent where owners stay. */
  readonly owner?: Owner | 'named';
}

/** COPY, and ADD of a directory. */
export interface CopyStep {
  readonly kind: 'copy';
  readonly line: number;
  readonly text: string;
  /** What it names itself may be an archive, which is unpacked. */
  readonly isAdd: boolean;
  /** Relative to the context, `''` is all of it; or patterns of such paths. */
  readonly sources: readonly string[];
  /** Absolute. */
  readonly target: string;
  /** That is a directory for certain. */
  readonly isDirectory: boolean;
  /** Of what is copied; absent where only the image can tell. */
  readonly owner: Owner | undefined;
  /** As chmod has it; absent where files keep their own. */
  readonly mode: string | undefined;
}

export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** What a base image brings along. */
export interface BaseFacts {
  readonly environment: Readonly<Record<string, string>>;
  readonly workingDirectory: string;
}

export const hasWildcard = (text: string): boolean => /[*?[\\]/.test(text);

export interface State extends Variables {
  readonly values: Map<string, string>;
  /** Set by ENV, which ARG does not change. */
  readonly settled: Set<string>;
  readonly isWhole: boolean;
  /** Undefined where it is not known. */
  directory: string | undefined;
  /** Those that are there for certain. */
  readonly directories: Set<string>;
  hasOwnShell: boolean;
}

export const freshState = (base: BaseFacts | undefined): State => ({
  values: new Map(Object.entries(base?.environment ?? {})),
  settled: new Set(Object.keys(base?.environment ?? {})),
  isWhole: base !== undefined,
  directory: base && (base.workingDirectory || '/'),
  directories: new Set(['/']),
  hasOwnShell: false,
});

/** One instruction after the other; `isLast`: of the stage that nothing else stands on. */
export function stepsIn(
  instructions: readonly Instruction[],
  globals: ReadonlyMap<string, string>,
  buildArguments: Readonly<Record<string, string>>,
  state: State,
  isLast: boolean,
): readonly Step[] {
  return instructions.flatMap((instruction): readonly Step[] => {
    const { name, words, line } = instruction;
    const text = [name, ...words].join(' ');
    switch (name) {
      case 'ARG':
        declare(words, state, globals, buildArguments);
        return [];
      case 'ENV':
        setVariables(words, state);
        return [];
      case 'WORKDIR': {
        const path = expanded(words.join(' '), state);
        state.directory = path === undefined ? undefined : placed(path, state.directory);
        if (state.directory !== undefined) state.directories.add(state.directory);
        return [];
      }
      case 'SHELL':
        state.hasOwnShell = true;
        return [];
      case 'VOLUME': {
        const paths = (jsonWords(words) ?? words).map((word) => expanded(word, state));
        return [
          { kind: 'volume', line, text, paths: paths.map((path) => (path === undefined ? '/' : withoutSlash(posix.normalize(path)))) },
        ];
      }
      case 'RUN':
        return runSteps(instruction, text, state);
      case 'COPY':
      case 'ADD':
        return [copyStep(instruction, text, state)];
      case 'ONBUILD': // for the stages that stand on this one
        return isLast ? [] : [{ kind: 'anything', line, text, takes: '' }];
      default:
        return [];
    }
  });
}

/** ARG, unless ENV has set it. */
export function declare(
  words: readonly string[],
  { values, settled, isWhole }: Pick<State, 'values' | 'settled' | 'isWhole'>,
  globals: ReadonlyMap<string, string>,
  buildArguments: Readonly<Record<string, string>>,
): void {
  for (const word of words) {
    const [, name = '', given] = /^(\w+)(?:=(.*))?$/s.exec(word) ?? [];
    if (name === '' || settled.has(name)) continue;
    const value = buildArguments[name] ?? (given === undefined ? globals.get(name) : expanded(given, { values, isWhole }));
    // An ENV of the base image would win.
    if (value === undefined || !isWhole) values.delete(name);
    else values.set(name, value);
  }
}

function setVariables(words: readonly string[], state: State): void {
  const [first = '', ...rest] = words;
  const pairs = first.includes('=')
    ? words.map((word): [string, string] => [word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1)])
    : [[first, rest.join(' ')] as [string, string]];
  const values = pairs.map(([name, text]) => [name, expanded(text, state)] as const); // all of one line see what was before it
  for (const [name, value] of values) {
    state.settled.add(name);
    if (value === undefined) state.values.delete(name);
    else state.values.set(name, value);
  }
}

function placed(path: string, directory: string | undefined): string | undefined {
  if (path.startsWith('/')) return withoutSlash(posix.normalize(path));
  return directory === undefined ? undefined : withoutSlash(posix.join(directory, path));
}

const withoutSlash = (path: string): string => (path.length > 1 ? path.replace(/\/+$/, '') : path);

function runSteps({ words, line, hasHeredoc }: Instruction, text: string, state: State): readonly Step[] {
  const mounts = words.filter((word) => word.startsWith('--mount='));
  const bound = mounts.map(boundSource).find((source) => source !== undefined);
  const command = words.filter((word) => !word.startsWith('--'));
  if (!hasHeredoc && words.length === command.length && !state.hasOwnShell) {
    const changed = attributeChanges(command, state.directory);
    if (changed) return changed;
  }
  return [{ kind: 'anything', line, text, ...(bound !== undefined && { takes: bound }) }];
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
  return /[$"']/.test(source) ? '' : relativeSource(source);
}

/** `chmod +x serve && chown …`: commands that make nothing of what is in a file; undefined where one does. */
function attributeChanges(words: readonly string[], directory: string | undefined): readonly Step[] | undefined {
  const json = jsonWords(words);
  const text = words.join(' ');
  if (!json && /[`|<>&]|\$\(/.test(text.replaceAll('&&', ''))) return undefined;
  const commands = json ? [json] : text.split(/&&|;/).map((command) => command.trim().split(/\s+/));
  if (!commands.every(([program = '']) => /^(\/usr)?(\/bin\/)?(chmod|chown|chgrp|mkdir)$/.test(program))) return undefined;
  return commands.filter(([program = '']) => !program.endsWith('mkdir')).map((command) => attributesStep(command, directory));
}

function attributesStep([program = '', ...words]: readonly string[], directory: string | undefined): AttributesStep {
  // `chmod -x serve` takes a right away: no flag.
  const flags = words.filter((word) => /^-([RvcfhHLP]+$|-)/.test(word));
  const [change = '', ...named] = words.filter((word) => !flags.includes(word));
  const isPlain = named.every((path) => /^[\w./+-]+$/.test(path)) && flags.every((flag) => /^-[Rvcf]+$|^--recursive$/.test(flag));
  const paths = isPlain ? named.map((path) => placed(path, directory)) : [undefined];
  const isRecursive = flags.some((flag) => flag === '--recursive' || flag.includes('R'));
  const own = program.endsWith('chmod')
    ? { mode: change }
    : { owner: program.endsWith('chown') ? (ownerOf(change) ?? 'named') : ('named' as const) };
  const known = paths.filter((path) => path !== undefined);
  return { kind: 'attributes', isRecursive, ...own, ...(known.length === paths.length && { paths: known }) };
}

/** `7:8`; names of users are known to the image alone, and so is the group where none is named. */
function ownerOf(text: string): Owner | undefined {
  const [, uid, gid] = /^(\d+):(\d+)$/.exec(text) ?? [];
  return uid === undefined ? undefined : { uid: Number(uid), gid: Number(gid) };
}

function copyStep({ name, words, line, hasHeredoc }: Instruction, text: string, state: State): Step {
  const flags = words.filter((word, index) => word.startsWith('--') && words.slice(0, index).every((each) => each.startsWith('--')));
  const rest = words.slice(flags.length);
  const list = (jsonWords(rest) ?? rest).map((word) => expanded(word, state));
  const given = (flag: string): string | undefined => flags.find((word) => word.startsWith(`--${flag}=`))?.slice(flag.length + 3);
  const to = list.at(-1);
  const target = to === undefined ? undefined : placed(to, state.directory);
  if (given('from') !== undefined) return { kind: 'foreign', line, text, target: target ?? '/' };
  const sources = list.slice(0, -1);
  const local = sources.filter((source): source is string => source !== undefined && !/^(https?|git|ssh):\/\/|^git@/.test(source));
  const isBeyond = hasHeredoc || local.length < sources.length || flags.some((word) => !/^--(chown|chmod|link)(=|$)/.test(word));
  if (isBeyond || target === undefined || to === undefined) return { kind: 'anything', line, text, takes: '' };
  const isDirectory = /\/$|(^|\/)\.{1,2}$/.test(to) || local.length > 1 || state.directories.has(target);
  if (isDirectory) state.directories.add(target);
  const owner = given('chown') ?? '0:0';
  return {
    ...{ kind: 'copy', line, text, isAdd: name === 'ADD', sources: local.map(relativeSource), target, isDirectory, mode: given('chmod') },
    owner: ownerOf(owner.includes(':') ? owner : `${owner}:${owner}`), // a user alone is the group as well
  };
}

/** Relative to the context, which nothing leads out of. */
const relativeSource = (source: string): string => posix.join('/', source).replace(/\/+$/, '').slice(1);
