import { basename } from 'node:path';
import { closest } from '../contract/closest.ts';
import { fail } from '../errors.ts';
import { isShell, shells } from './completion/shells.ts';
import type { Io } from './io.ts';

/** `sm-local completion`: the script for a shell on stdout. Returns the exit code. Errors: WrongUsage. */
export async function completion(asked: string | undefined, io: Io): Promise<number> {
  const shell = asked ?? basename(io.env.SHELL ?? '');
  if (!isShell(shell)) {
    const near = closest(shell, Object.keys(shells));
    throw fail('WrongUsage', {
      message: asked === undefined ? 'Which shell the completion is for is not known.' : `There is no completion for ${asked}.`,
      remedy: near && asked ? `Did you mean ${near}?` : `Name one: sm-local completion ${Object.keys(shells).join('|')}`,
    });
  }
  await io.out.write(shells[shell]);
  return 0;
}
