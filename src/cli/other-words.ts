import { commands } from './command-table.ts';

/** Command lines that are ways of writing another: `help train`, `-h`, `version`. Help on a command that there is not is that command, misspelt. */
export function asFlags(argv: readonly string[]): readonly string[] {
  const [first, ...rest] = argv;
  if (first === 'version' && rest.length === 0) return ['--version'];
  if (first !== 'help') return argv;
  const isKnown = rest.length === 0 || Object.hasOwn(commands, rest[0] ?? '') || rest[0] === 'completion';
  return isKnown ? [...rest, '--help'] : rest;
}
