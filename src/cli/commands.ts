import yargs, { type Argv, type PositionalOptions } from 'yargs';
import { defaultOf } from '../options/defaults.ts';
import { grouped } from '../options/groups.ts';
import { optionOf } from '../options/options.ts';
import { type CommandHelp, type CommandWord, commandHelp } from './command-help.ts';
import { type CommandName, commandNames, commands } from './command-table.ts';
import type { Io } from './io.ts';
import { helpWidth } from './ready-answer.ts';
import { wrongUsage } from './wrong-usage.ts';

/** Parses any command line, words what is wrong with it, and runs its command. Errors: WrongUsage, and whatever the command raises. */
export async function runCommand(argv: readonly string[], io: Io): Promise<number> {
  let exitCode = 0;
  const into = (code: number): void => {
    exitCode = code;
  };
  const parser = configure(yargs(), argv, io);
  for (const name of commandNames) addCommand(parser, name, io, into);
  parser.demandCommand(1, 'There is no command.');
  let help = '';
  await parser.parseAsync([...argv], {}, (_error, _args, output) => {
    help = output;
  });
  if (help !== '') await io.out.write(`${readable(help)}\n`);
  return exitCode;
}

function addCommand(parser: Argv, name: CommandName, io: Io, into: (code: number) => void): void {
  const { summary, words = [], examples } = commandHelp[name];
  parser.command(
    [name, ...usageOf(name)].join(' '),
    summary,
    (y) => {
      if (words.length > 0)
        y.group(
          words.map((word) => word.name),
          'What it is about:',
        );
      const own = withOptions(y, name);
      for (const word of words) own.positional(word.name, positionalOf(name, word));
      return own.epilogue(examplesText(examples));
    },
    async (args) => {
      const typed = words.flatMap((word) => (args[word.name] as string | readonly string[] | undefined) ?? []);
      const given = Object.fromEntries(Object.entries(args).filter(([key]) => words.every((word) => word.name !== key)));
      into(await commands[name].run(typed, given, io));
    },
  );
}

/** A line each, which can be copied as it is. */
const examplesText = (examples: CommandHelp['examples']): string =>
  ['Examples:', ...examples.map(([line, what]) => `  ${line.replaceAll('$0', 'sm-local')}\n      ${what}`)].join('\n');

/** Of its words, as the parser and people write it: `[image]`, `<image> <address>`, `<name..>`. */
function usageOf(name: CommandName): readonly string[] {
  const [least, most] = commands[name].words;
  const { words = [] } = commandHelp[name];
  return words.map((word, index) => {
    const text = index === words.length - 1 && most > words.length ? `${word.name}..` : word.name;
    return index < least ? `<${text}>` : `[${text}]`;
  });
}

function positionalOf(name: CommandName, { name: word, describe }: CommandWord): PositionalOptions {
  const { words = [] } = commandHelp[name];
  const [least, most] = commands[name].words;
  return {
    type: 'string',
    describe,
    ...(least > 0 && { demandOption: true }),
    ...(most > words.length && word === words.at(-1)?.name && { array: true }),
  };
}

function configure(parser: Argv, argv: readonly string[], io: Io): Argv {
  return parser
    .scriptName('sm-local')
    .usage('$0 <command> [options]\n\nRun your own images as SageMaker would, on your own container engine.')
    .parserConfiguration({
      'parse-numbers': false,
      'parse-positional-numbers': false,
      'dot-notation': false,
      'boolean-negation': false,
      'camel-case-expansion': false,
      'greedy-arrays': false,
      'duplicate-arguments-array': true,
    })
    .strict()
    .version(false)
    .option('version', { type: 'boolean', describe: 'show the version', global: false })
    .help()
    .alias('h', 'help')
    .updateStrings({ array: 'several' })
    .wrap(helpWidth(io.out.width))
    .exitProcess(false)
    .fail((message, error) => {
      // The parser has errors of its own, such as that a flag lacks its value; all others are what a command has thrown.
      if (error && error.name !== 'YError') throw error;
      throw wrongUsage(message ?? error?.message ?? '', argv);
    });
}

/** Help without what is plain: that a value is a text, and that a flag without one is a switch. */
const readable = (help: string): string =>
  help
    .split('\n')
    .map((line) => ({ line, told: line.replace(/ *\[(string|boolean)\]$/, '').replace(/\[string\] (?=\[)/, '') }))
    .filter(({ line, told }) => told.trim() !== '' || line.trim() === '')
    .map(({ told }) => told)
    .join('\n');

function withOptions<T>(parser: Argv<T>, command: CommandName): Argv<T> {
  for (const [heading, names] of grouped(commands[command].options)) parser.group([...names], heading);
  for (const name of commands[command].options) {
    const { type, describe, alias, env, value } = optionOf(name);
    const byDefault = defaultOf(name, command);
    parser.option(name, {
      describe: `${commandHelp[command].meanings?.[name] ?? describe}${value ? `  ${value}` : ''}${env ? `  [$${env}]` : ''}`,
      ...(alias && { alias }),
      ...(byDefault && { defaultDescription: byDefault }),
      ...(type === 'boolean' ? { boolean: true } : { string: true, requiresArg: true }),
      ...(type === 'list' && { array: true }),
    });
  }
  return parser;
}
