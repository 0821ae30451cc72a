import { closest } from '../contract/closest.ts';
import { fail, type SmLocalError } from '../errors.ts';
import { optionNames, optionOf } from '../options/options.ts';
import { commandHelp } from './command-help.ts';
import { type CommandName, commandNames, commands } from './command-table.ts';

/** What is wrong with a command line that the parser has refused with `message`, in words of what was typed, and what to do. */
export function wrongUsage(message: string, argv: readonly string[]): SmLocalError {
  const typed = argv.find((word) => !word.startsWith('-')) ?? '';
  const command = commandNames.find((name) => name === typed);
  if (command === undefined) return noCommand(typed);
  const [, unknown] = /^Unknown arguments?: (.*)$/s.exec(message) ?? [];
  if (unknown !== undefined) return unknownWord(command, unknown.split(', ')[0] ?? '', argv);
  return wrong(worded(message, command), command);
}

function noCommand(typed: string): SmLocalError {
  if (typed === '') return fail('WrongUsage', { message: 'There is no command.', remedy: 'See: sm-local --help' });
  const near = closest(typed, commandNames);
  const message = `There is no command "${typed}".${near ? ` Did you mean ${near}?` : ''}`;
  return fail('WrongUsage', { message, remedy: 'See: sm-local --help, or sm-local <command> --help' });
}

function unknownWord(command: CommandName, name: string, argv: readonly string[]): SmLocalError {
  const flag = argv.map((word) => word.replace(/=.*$/s, '')).find((word) => /^-/.test(word) && word.replace(/^-+/, '') === name);
  if (flag === undefined && !argv.some((word) => /^-\w/.test(word) && word.includes(name) && name.length === 1)) {
    const { words = [] } = commandHelp[command];
    const takes = words.length === 0 ? 'no words besides its flags' : `${words.map((word) => word.name).join(' and ')} alone`;
    return wrong(`sm-local ${command} takes ${takes}: "${name}" is too much.`, command);
  }
  const own = commands[command].options;
  const near = name.length === 1 ? own.find((option) => optionOf(option).alias === name.toLowerCase()) : closest(name, own);
  const others = commandNames.filter((each) => commands[each].options.some((option) => option === name));
  const shown = flag ?? `-${name}`;
  if (near === undefined && others.length > 0) return wrong(`${shown} is no flag of ${command}, but of ${others.join(', ')}.`, command);
  return wrong(`${command} has no flag ${shown}.${near === undefined ? '' : ` Did you mean --${near}?`}`, command);
}

/** The parser's own sentences where they speak of parsing instead of what is wrong. */
function worded(message: string, command: CommandName): string {
  if (message.startsWith('Not enough non-option arguments')) {
    return command === 'push'
      ? 'sm-local push needs an image and the address that it goes to.'
      : `sm-local ${command} needs the name of a job or an endpoint.`;
  }
  const [, option] = /^Not enough arguments following: (.*)$/.exec(message) ?? [];
  if (option === undefined) return message;
  const { value } = optionOf(optionNames.find((name) => name === option || optionOf(name).alias === option) ?? 'name');
  return `${option.length === 1 ? '-' : '--'}${option} needs a value${value === undefined ? '' : `: ${value}`}.`;
}

const wrong = (message: string, command: CommandName): SmLocalError =>
  fail('WrongUsage', { message, remedy: `See: sm-local ${command} --help` });
