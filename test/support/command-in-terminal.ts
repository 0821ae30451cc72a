import { type Place, prepareCommand } from './command.ts';
import { openTerminal, type PseudoTerminal } from './pseudo-terminal.ts';

/** Runs the shipped command line in a terminal, as a person does who has set nothing about colours. */
export function commandInTerminal(
  args: readonly string[],
  place: Place,
  size: { readonly width?: number; readonly height?: number } = {},
): PseudoTerminal {
  const program = prepareCommand(args, place);
  const { NO_COLOR: _, FORCE_COLOR: _forced, CI: _ci, ...env } = program.env;
  const terminal = openTerminal(program.file, program.args, { cwd: place.cwd, env: { ...env, ...place.env }, ...size });
  void terminal.ended.then(() => program.ended());
  return terminal;
}
