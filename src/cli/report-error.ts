import { type Blame, isError, reasonOf, type SmLocalError } from '../errors.ts';
import { type Io, style } from './io.ts';
import { jsonLine } from './json-lines.ts';

const exitCodes: Readonly<Record<Blame, number>> = { caller: 2, image: 1, host: 3, us: 3 };

/** Says what went wrong and what to do, and returns the exit code that goes with it. */
export async function reportError(
  thrown: unknown,
  io: Io,
  { json, verbose }: { readonly json: boolean; readonly verbose: boolean },
): Promise<number> {
  const { error, later } = inOrder(thrown);
  if (later !== undefined && reasonOf(later) !== reasonOf(error)) await io.err.write(`And when that was undone: ${reasonOf(later)}\n`);
  const known = knownOf(error);
  const message = (known && reasonOf(error)) ?? (error instanceof Error ? (error.stack ?? error.message) : String(error));
  const remedy = known?.remedy ?? 'This is a defect in sm-local. Please report it with these lines.';
  const blame = known?.blame ?? 'us';
  if (json) {
    await jsonLine(io, { event: 'error', code: known?.code ?? 'InternalError', blame, message, remedy });
  } else {
    const { red, bold } = style(io.color);
    await io.err.write(`${red(bold('Error:'))} ${message}\n${remedy}\n`);
  }
  if (verbose && !json) await io.err.write(causesOf(error, blame));
  return exitCodes[blame];
}

/** Ours, also the first of several that belong together and are all ours. */
function knownOf(error: unknown): SmLocalError | undefined {
  const errors: readonly unknown[] = error instanceof AggregateError ? error.errors : [error];
  const ours = errors.filter((each) => isError(each));
  return ours.length === errors.length ? ours[0] : undefined;
}

/** Where an error comes from: what caused it, and what caused that; of a defect of ours also where in the program. */
function causesOf(error: unknown, blame: Blame): string {
  const lines: string[] = [];
  for (let cause = (error as Error).cause; cause instanceof Error; cause = cause.cause) {
    const { code, syscall } = cause as NodeJS.ErrnoException;
    const call = syscall === undefined ? '' : ` (${[syscall, code].join(' ')})`;
    lines.push(`Caused by: ${blame === 'us' ? cause.stack : `${cause.name}: ${cause.message}`}${call}`);
  }
  if (blame === 'us' && isError(error)) lines.unshift(error.stack ?? '');
  return lines.map((line) => `${line}\n`).join('');
}

/** What went wrong while something was disposed comes wrapped around what went wrong first, which is the one to tell. */
function inOrder(thrown: unknown): { readonly error: unknown; readonly later?: unknown } {
  if (!(thrown instanceof Error && 'suppressed' in thrown && 'error' in thrown)) return { error: thrown };
  return { error: inOrder(thrown.suppressed).error, later: thrown.error };
}
