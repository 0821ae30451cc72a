import type { Dockerfile, Instruction } from '../dockerfile.ts';

/** Something in a Dockerfile, or in what comes with it, that Docker's legacy builder does not know. */
export interface Need {
  /** As it is written: `RUN --mount=type=secret`. */
  readonly what: string;
  /** Of the Dockerfile; none for an option. */
  readonly line?: number;
  /** The first Docker whose own frontend may know it, by the number before the dot. Absent where all that offer BuildKit do. */
  readonly since?: number;
  /** The same of podman's builder; `never` where it will not do. */
  readonly podman?: number | 'never';
  /** The build argument that does instead. */
  readonly argument?: string;
  /** That no engine is asked for it here, and why. */
  readonly never?: string;
}

export interface Asked {
  readonly buildArguments?: Readonly<Record<string, string>>;
  readonly hasSecrets?: boolean;
}

/** What needs BuildKit, by line. Source: the reference of the Dockerfile, "Minimum Dockerfile version". */
export function needsOf({ syntax, instructions }: Dockerfile, { buildArguments = {}, hasSecrets = false }: Asked = {}): readonly Need[] {
  const needs: Need[] = [];
  if (hasSecrets) needs.push({ what: '--secret', podman: 'never' });
  if (syntax && !isOfficial(syntax.image)) needs.push({ what: `# syntax=${syntax.image}`, line: syntax.line, podman: 'never' });
  const given = new Set(Object.keys(buildArguments));
  for (const instruction of instructions) {
    for (const need of needsIn(unwrapped(instruction), given)) needs.push({ ...need, line: instruction.line });
  }
  return needs;
}

/** Docker's own frontend, but for its experiments: the one that is built into BuildKit, of some version. */
export const isOfficial = (image: string): boolean =>
  /^(?:docker\.io\/)?docker\/dockerfile(?::[^@]+)?(?:@.+)?$/.test(image) && !/labs/.test(image);

const unwrapped = (instruction: Instruction): Instruction => {
  const [name = '', ...words] = instruction.words;
  return instruction.name === 'ONBUILD' ? { ...instruction, name: name.toUpperCase(), words } : instruction;
};

function* needsIn({ name, words, hasHeredoc }: Instruction, given: ReadonlySet<string>): Generator<Need> {
  const flags = words.slice(0, countFlags(words));
  if (name === 'RUN' || name === 'COPY' || name === 'ADD') {
    for (const flag of flags) yield* needsOfFlag(name, flag);
    if (hasHeredoc) yield { what: `a here-document in ${name}`, since: 23, podman: 4.8 };
  }
  if (name === 'FROM' && flags.some((flag) => platformArguments.some((argument) => mentions(flag, argument) && !given.has(argument)))) {
    yield { what: `FROM ${flags.join(' ')}` };
  }
  if (name !== 'ARG') return;
  for (const word of words) if (platformArguments.includes(word) && !given.has(word)) yield { what: `ARG ${word}`, argument: word };
}

function countFlags(words: readonly string[]): number {
  const first = words.findIndex((word) => !word.startsWith('--'));
  return first < 0 ? words.length : first;
}

/** BuildKit fills them in by itself; the legacy builder leaves them empty, and what they decide goes wrong in silence. */
const platformArguments: readonly string[] = ['TARGET', 'BUILD'].flatMap((side) =>
  ['PLATFORM', 'OS', 'ARCH', 'VARIANT'].map((part) => side + part),
);

const mentions = (text: string, argument: string): boolean => new RegExp(`\\$(?:${argument}\\b|\\{${argument}[}:])`).test(text);

function* needsOfFlag(name: 'RUN' | 'COPY' | 'ADD', flag: string): Generator<Need> {
  const [option = ''] = flag.split('=');
  if (name === 'RUN' && option === '--mount') return yield* needsOfMount(flag.slice('--mount='.length));
  const mode = option === '--chmod' ? flag.slice('--chmod='.length) : undefined;
  if (mode !== undefined && !/^[0-7]{1,5}$/.test(mode) && !mode.includes('$')) {
    return yield { what: `${name} ${flag}`, never: 'builders ignore a mode that is not octal: write it as --chmod=755' };
  }
  const known = flagsOf[name][option];
  if (known) yield { what: `${name} ${option}`, ...known };
}

function* needsOfMount(mount: string): Generator<Need> {
  const fields = new Map(mount.split(',').map((field) => [field.split('=')[0] ?? '', field.split('=')[1] ?? '']));
  const type = fields.get('type') || 'bind';
  const what = `RUN --mount=type=${type}`;
  if (type === 'ssh')
    yield { what, never: 'sm-local hands no SSH agent to builds: fetch what needs it beforehand, or give a key of its own with --secret' };
  else if (type === 'secret' && fields.has('env')) yield { what: `${what},env=`, since: 27, podman: 'never' };
  else yield { what, since: 20 };
}

/** Flags that the legacy builder refuses. Those whose first Docker is not known for certain have the first that may be it. */
const flagsOf: Readonly<Record<'RUN' | 'COPY' | 'ADD', Readonly<Record<string, Pick<Need, 'since' | 'podman'>>>>> = {
  RUN: {
    '--network': { since: 23, podman: 4.8 },
    '--security': { since: 28, podman: 'never' },
    '--device': { since: 28, podman: 'never' },
  },
  COPY: {
    '--chmod': { since: 20 },
    '--link': { since: 23, podman: 5 },
    '--parents': { since: 28, podman: 5 },
    '--exclude': { since: 28, podman: 5 },
  },
  ADD: {
    '--chmod': { since: 20 },
    '--link': { since: 23, podman: 5 },
    '--checksum': { since: 25, podman: 5 },
    '--keep-git-dir': { since: 25, podman: 5 },
    '--exclude': { since: 28, podman: 5 },
    '--unpack': { since: 28, podman: 'never' },
  },
};
