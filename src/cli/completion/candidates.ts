import { optionOf } from '../../options/options.ts';
import { definitionKinds, kindCalled, kinds } from '../../upkeep/kinds.ts';
import { commandHelp } from '../command-help.ts';
import { type CommandName, commandNames, commands } from '../command-table.ts';
import type { Io } from '../io.ts';
import { type Candidate, led, plain, startingWith } from './candidate.ts';
import { type Names, namesFor } from './names.ts';
import { valuesOfOption } from './option-values.ts';
import { pathsFrom } from './paths.ts';
import { shells } from './shells.ts';
import { openOptions, readLine, type Spot } from './spot.ts';

/** What the word at the cursor may become, given the words in front of it, without the program. */
export async function candidates(words: readonly string[], typed: string, io: Io): Promise<readonly Candidate[]> {
  const { spot, given } = readLine(words, typed);
  if (spot.on === 'nothing') return [];
  if (spot.on === 'command') return startingWith(typed, words.length === 0 ? [...ofCommands(), ...ownWords] : ofCommands());
  if (spot.on === 'flag') return startingWith(typed, flags(spot));
  const names = namesFor(spot.command, given, io);
  if (spot.on === 'value') return led(spot.lead, await valuesOfOption({ ...spot, cwd: io.cwd, names }));
  const found = await ofWord(spot, names, io.cwd);
  return typed === '' && found.length === 0 ? flags({ ...spot, on: 'flag', given: new Set() }) : found;
}

const ofCommands = (): readonly Candidate[] => commandNames.map((name) => ({ text: name, describe: commandHelp[name].summary }));

/** What stands in a command's place and is none. */
const ownWords: readonly Candidate[] = [
  { text: 'help', describe: 'show what a command does and takes' },
  { text: '--help', describe: 'show all commands' },
  { text: '--version', describe: 'show the version' },
];

function flags({ command, given }: Spot & { readonly on: 'flag' }): readonly Candidate[] {
  const own = openOptions(command, given).map((name) => ({
    text: `--${name}`,
    describe: commandHelp[command].meanings?.[name] ?? optionOf(name).describe,
  }));
  return [...own, { text: '--help', describe: 'show help' }];
}

async function ofWord({ command, words, typed }: Spot & { readonly on: 'word' }, names: Names, cwd: string): Promise<readonly Candidate[]> {
  const { words: known = [] } = commandHelp[command];
  const word = known[Math.min(words.length, known.length - 1)];
  if (!word || words.length >= commands[command].words[1]) return [];
  if (word.what === 'image') return command === 'push' ? [] : pathsFrom(typed, cwd, 'directories');
  if (word.what === 'directory') return pathsFrom(typed, cwd, 'directories');
  if (word.what === 'shell') return startingWith(typed, plain(Object.keys(shells)));
  if (word.what === 'kind') return startingWith(typed, plain(allKinds));
  if (word.what === 'endpoint') return startingWith(typed, plain(await names('endpoint', 'not over')));
  if (word.what === 'kind-and-name') return startingWith(typed, await kindsAndNames(command, words, names));
  return [];
}

const allKinds = [...kinds, ...definitionKinds] as const;

/** Of what the command is for: what runs not has no logs, and what is over cannot be stopped. */
async function kindsAndNames(command: CommandName, words: readonly string[], names: Names): Promise<readonly Candidate[]> {
  const possible = command === 'describe' ? allKinds : kinds;
  const which = command === 'stop' ? 'not over' : 'all';
  const [first] = words;
  const wanted = first === undefined ? possible : possible.filter((kind) => kind === kindCalled(first));
  const found = await Promise.all(
    wanted.map(async (kind) => (await names(kind, which)).map((text) => ({ text, describe: kind.replaceAll('-', ' ') }))),
  );
  return [...found.flat(), ...(first === undefined ? possible.map((text) => ({ text, describe: 'a kind' })) : [])];
}
