import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, statSync } from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { findEngine } from '../../src/engine/find.ts';
import type { Ended } from './command.ts';
import { uncovered } from './coverage.ts';
import { isInstalled, runProgram } from './programs.ts';

/** Why no ordinary user can be made here who may talk to the engine; undefined when one can. */
export function whyNoOrdinaryUser(): string | undefined {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'it makes a user, which takes root on Linux';
  const missing = ['useradd', 'userdel', 'setpriv'].find((program) => !isInstalled(program));
  if (missing) return `there is no ${missing} here`;
  if (!isOpenToAll(process.execPath)) return `other users may not run ${process.execPath}`;
  if (engineGroup() === undefined) return "the engine's socket belongs to no group that a user could join";
  return undefined;
}

/** An account of this machine with a home of its own, member of the group that may talk to the engine. It goes with all it has when disposed. */
export interface OrdinaryUser extends AsyncDisposable {
  readonly name: string;
  readonly home: string;
  /** Runs a program as this user, with none of this process's environment but what finds programs and the engine. */
  run(command: readonly string[], cwd: string): Promise<Ended>;
}

export async function makeOrdinaryUser(): Promise<OrdinaryUser> {
  const name = `sml-test-${process.pid}`;
  const directory = await mkdtemp(join(tmpdir(), 'sm-local-user-'));
  const home = join(directory, 'home');
  const running = new Set<number>();
  const dispose = async (): Promise<void> => {
    for (const group of running) process.kill(-group, 'SIGKILL'); // a test that was given up has left it
    await runProgram('userdel', [name]).catch((error: Error) => {
      if (!/does not exist/.test(error.message)) throw error;
    });
    await rm(directory, { recursive: true, force: true });
  };
  try {
    await chmod(directory, 0o755);
    const group = String(engineGroup());
    await runProgram('useradd', ['--no-log-init', '--create-home', '--home-dir', home, '--groups', group, '--shell', '/bin/sh', name]);
    return {
      name,
      home,
      async run([program = '', ...args], cwd) {
        const become = [`--reuid=${name}`, `--regid=${name}`, '--init-groups', '--', program, ...args];
        const child = spawn('setpriv', become, { cwd, detached: true, stdio: ['ignore', 'pipe', 'pipe'], env: environment(name, home) });
        const group = child.pid ?? 0;
        running.add(group);
        const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
        running.delete(group);
        return { code, out, err };
      },
      [Symbol.asyncDispose]: dispose,
    };
  } catch (error) {
    await dispose();
    throw error;
  }
}

/** npm must not ask its registry for a newer version of itself. */
const environment = (name: string, home: string): NodeJS.ProcessEnv => ({
  ...uncovered,
  PATH: `${dirname(process.execPath)}:${process.env.PATH}`,
  HOME: home,
  USER: name,
  LANG: 'C.UTF-8',
  npm_config_update_notifier: 'false',
  ...(process.env.DOCKER_HOST && { DOCKER_HOST: process.env.DOCKER_HOST }),
});

/** The group that owns the engine's socket and may use it; undefined when there is none but root's, or no socket. */
function engineGroup(): number | undefined {
  const { host } = findEngine();
  if (!host.startsWith('unix://')) return undefined;
  const found = statSync(host.slice('unix://'.length), { throwIfNoEntry: false });
  if (!found || found.gid === 0 || (found.mode & 0o060) !== 0o060) return undefined;
  const isNamed = readFileSync('/etc/group', 'utf8')
    .split('\n')
    .some((line) => line.split(':')[2] === String(found.gid));
  return isNamed ? found.gid : undefined;
}

/** Whether everybody may go to the file and run it. */
function isOpenToAll(path: string): boolean {
  for (let part = path; ; part = dirname(part)) {
    if ((statSync(part).mode & 0o001) === 0) return false;
    if (part === dirname(part)) return true;
  }
}
