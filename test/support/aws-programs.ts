import { execFileSync } from 'node:child_process';

/** Pythons of this machine that have AWS's SDK, one of each version: `[version, program]`. */
export function pythonsWithBoto(): readonly (readonly [version: string, python: string])[] {
  const found = ['python3', '/usr/bin/python3'].flatMap((python) => {
    const version = printedBy(python, ['-c', 'import boto3; print(boto3.__version__)']);
    return version === undefined ? [] : [[version, python] as const];
  });
  return [...new Map(found)];
}

/** AWS's command line of this machine, the distribution's before others: `[version, program]`. */
export function awsCommand(): readonly [version: string, program: string] | undefined {
  for (const program of ['/usr/bin/aws', 'aws']) {
    const version = printedBy(program, ['--version'])?.split(' ')[0];
    if (version !== undefined) return [version, program];
  }
  return undefined;
}

function printedBy(program: string, args: readonly string[]): string | undefined {
  try {
    return execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return undefined; // it is not there
  }
}
