import { type Io, processIo } from './io.ts';
import { asFlags } from './other-words.ts';
import { quickParse } from './quick-parse.ts';
import { readyAnswer } from './ready-answer.ts';

/**
 * Runs the command line and returns the exit code: 0 done, 1 the image or job failed, 2 wrong usage or request, 3 host or engine trouble,
 * 128 + signal when interrupted. Nothing is thrown. What a command needs is imported when it runs: start-up time is imports.
 */
export async function main(typed: readonly string[], io: Io = processIo()): Promise<number> {
  const argv = asFlags(typed);
  try {
    const exitCode = await runOf(argv, io);
    const { failure } = io.out;
    if (failure) throw failure;
    return exitCode;
  } catch (error) {
    const { reportError } = await import('./report-error.ts');
    const has = (...flags: string[]): boolean => flags.some((flag) => argv.includes(flag));
    return await reportError(error, io, { json: has('--json'), verbose: has('--verbose', '-v') });
  }
}

async function runOf(argv: readonly string[], io: Io): Promise<number> {
  const ready = readyAnswer(argv, io.out.width);
  if (ready !== undefined) {
    await io.out.write(ready);
    return 0;
  }
  if (argv.length === 0) return await (await import('./welcome.ts')).welcome(io);
  if (argv[0] === '__complete') return await (await import('./completion/complete.ts')).complete(argv.slice(1), io);
  const quick = quickParse(argv);
  if (quick) return await quick.command.run(quick.words, quick.given, io);
  const { runCommand } = await import('./commands.ts');
  return await runCommand(argv, io);
}
