import { elapsed } from '../../units.ts';
import type { Seconds } from '../engine.ts';

export interface HelperQuestion {
  /** `<name>` of `docker-credential-<name>`. */
  readonly helper: string;
  readonly registry: string;
  /** A key chain may ask the user first. */
  readonly limit: Seconds;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal?: AbortSignal;
}

export interface HelperAnswer {
  /** `<token>` when the secret is a token and not a password. */
  readonly username: string;
  readonly secret: string;
}

/**
 * Asks a program that keeps passwords for docker: the registry on its standard input, JSON on its standard output, and on failure its reason
 * there. Undefined when it has none. Errors: an Error that says what the program said; the signal's reason.
 * Source: the protocol of docker-credential-helpers.
 */
export async function askHelper(question: HelperQuestion): Promise<HelperAnswer | undefined> {
  const { helper, registry, limit, env, signal } = question;
  const program = `docker-credential-${helper}`;
  const { execFile } = await import('node:child_process'); // milliseconds that only a pull of a private image needs
  const { error, out, said } = await new Promise<{ readonly error: ExecError | null; readonly out: string; readonly said: string }>(
    (resolve) => {
      const options = { env: { ...env }, timeout: limit * 1000, killSignal: 'SIGKILL', ...(signal && { signal }) } as const;
      const child = execFile(program, ['get'], options, (failed, stdout, stderr) => resolve({ error: failed, out: stdout, said: stderr }));
      child.stdin?.on('error', () => {}); // one that ends without reading says why, and that is told
      child.stdin?.end(registry);
    },
  );
  signal?.throwIfAborted();
  if (!error) return answerIn(out, program);
  if (out.trim() === notFound) return undefined;
  throw new Error(reasonOf(error, program, limit, out, said));
}

interface ExecError extends Error {
  readonly code?: string | number | null;
  readonly killed?: boolean;
}

const notFound = 'credentials not found in native keychain';

function answerIn(out: string, program: string): HelperAnswer {
  const { Username: username, Secret: secret } = parsed(out);
  if (typeof username === 'string' && typeof secret === 'string') return { username, secret };
  throw new Error(`${program} answered with something else than a user name and a secret`);
}

function parsed(out: string): { readonly Username?: unknown; readonly Secret?: unknown } {
  try {
    return (JSON.parse(out) as object | null) ?? {};
  } catch {
    return {}; // not quoted: it may be a part of a secret
  }
}

function reasonOf(error: ExecError, program: string, limit: Seconds, out: string, said: string): string {
  if (error.code === 'ENOENT') return `${program} is not on PATH`;
  if (typeof error.code === 'string') return `${program} cannot be run (${error.code})`;
  if (error.killed) return `${program} did not answer within ${elapsed(limit)}`;
  const words = [out, said].map((text) => text.trim().split('\n')[0] ?? '').find((line) => line !== '' && !line.includes('"Secret"'));
  return `${program}: ${(words ?? `it ended with exit code ${error.code}`).slice(0, 300)}`;
}
