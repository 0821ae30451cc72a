import { commands } from './command-table.ts';

/** Command lines that are ways of writing another: `help train`, `-h`, `version`. Help on a command that there is not is that command, misspelt. */
export function asFlags(argv: readonly string[]): readonly string[] {
  const [first, ...rest] = argv;
  if (first === 'version' && rest.length === 0) return ['--version'];
  if (first !== 'help') return argv;
  const [about = '--help'] = rest;
  const isMisspelt = !about.startsWith('-') && !Object.hasOwn(commands, about) && !others.includes(about);
  return isMisspelt ? rest : [...rest, '--help'];
}

/** Words that are no commands of the table. */
const others = ['help', 'version', 'completion'];
