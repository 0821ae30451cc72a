import { type OptionName, optionNames, optionOf } from '../../options/options.ts';
import { type CommandName, commandNames, commands } from '../command-table.ts';

/** What the cursor is on. `typed`: what is there of it; `lead`: what stands before it in the same word. */
export type Spot =
  | { readonly on: 'command'; readonly typed: string }
  | { readonly on: 'flag'; readonly command: CommandName; readonly typed: string; readonly given: ReadonlySet<OptionName> }
  | { readonly on: 'value'; readonly command: CommandName; readonly option: OptionName; readonly typed: string; readonly lead: string }
  | { readonly on: 'word'; readonly command: CommandName; readonly words: readonly string[]; readonly typed: string }
  | { readonly on: 'nothing' };

/** A command line up to the cursor, and what it has said of where names are looked up. */
export interface Line {
  readonly spot: Spot;
  /** Options that take one value. */
  readonly given: Readonly<Partial<Record<OptionName, string>>>;
}

/** `words`: those in front of the cursor's, without the program; `typed`: the cursor's own. */
export function readLine(words: readonly string[], typed: string): Line {
  const [first, ...rest] = words;
  if (first === undefined) return { spot: { on: 'command', typed }, given: {} };
  if (first === 'help' && rest.length === 0) return { spot: { on: 'command', typed }, given: {} };
  const command = commandNames.find((name) => name === first);
  if (command === undefined) return { spot: { on: 'nothing' }, given: {} };
  return new Reader(command).read(rest, typed);
}

class Reader {
  readonly #command: CommandName;
  readonly #given = new Set<OptionName>();
  readonly #values: Partial<Record<OptionName, string>> = {};
  readonly #words: string[] = [];
  /** Whose value comes next. */
  #awaiting: OptionName | undefined;
  #isAfterDashes = false;

  constructor(command: CommandName) {
    this.#command = command;
  }

  read(words: readonly string[], typed: string): Line {
    for (const word of words) this.#take(word);
    return { spot: this.#spot(typed), given: this.#values };
  }

  #take(word: string): void {
    if (this.#awaiting !== undefined) {
      this.#values[this.#awaiting] = word;
      this.#awaiting = undefined;
      return;
    }
    if (this.#isAfterDashes || !word.startsWith('-') || word === '-') return void this.#words.push(word);
    if (word === '--') {
      this.#isAfterDashes = true;
      return;
    }
    const { option, lead } = this.#flagIn(word) ?? {};
    if (option === undefined) return;
    this.#given.add(option);
    if (optionOf(option).type === 'boolean') return;
    if (lead === undefined) this.#awaiting = option;
    else this.#values[option] = word.slice(lead.length);
  }

  #spot(typed: string): Spot {
    const command = this.#command;
    if (this.#awaiting !== undefined) return { on: 'value', command, option: this.#awaiting, typed, lead: '' };
    if (this.#isAfterDashes || !typed.startsWith('-')) return { on: 'word', command, words: this.#words, typed };
    const { option, lead } = this.#flagIn(typed) ?? {};
    if (option === undefined || lead === undefined || optionOf(option).type === 'boolean')
      return { on: 'flag', command, typed, given: this.#given };
    return { on: 'value', command, option, typed: typed.slice(lead.length), lead };
  }

  /** The option of a word, and where its value is in the same word, what stands before that: `--input=`, `-i`. */
  #flagIn(word: string): { readonly option: OptionName; readonly lead?: string } | undefined {
    const own = commands[this.#command].options;
    if (word.startsWith('--')) {
      const equals = word.indexOf('=');
      const name = word.slice(2, equals === -1 ? undefined : equals);
      const option = own.find((each) => each === name);
      return option && { option, ...(equals !== -1 && { lead: word.slice(0, equals + 1) }) };
    }
    const option = own.find((each) => optionOf(each).alias === word[1]);
    if (option === undefined) return undefined;
    const lead = word[2] === '=' ? word.slice(0, 3) : word.slice(0, 2);
    return { option, ...(word.length > 2 && { lead }) };
  }
}

/** Options that a command line may still get: one that takes a single value only once. */
export const openOptions = (command: CommandName, given: ReadonlySet<OptionName>): readonly OptionName[] =>
  optionNames.filter((name) => commands[command].options.includes(name) && (optionOf(name).type === 'list' || !given.has(name)));
