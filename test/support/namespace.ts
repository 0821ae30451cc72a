import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isInstalled, runProgram } from './programs.ts';

const programs = ['unshare', 'nsenter', 'ip', 'iptables'] as const;

/** Whether this machine lets a test start an engine of its own that needs these programs; a suite that does is defined only then. */
export const canStart = (...others: readonly string[]): boolean =>
  process.platform === 'linux' && process.getuid?.() === 0 && [...programs, ...others].every(isInstalled);

/** Network, mount and process namespaces with a directory of their own: a small machine beside this one, on the same file system. */
export interface Namespace extends AsyncDisposable {
  /** Gone when the namespace is; of the test's use too. */
  readonly directory: string;
  /** A word that no other namespace has. */
  readonly name: string;
  /** Its address, which this process can reach. */
  readonly address: string;
  /** Address and prefix length of a network for containers; this process has a route to it. */
  readonly bridge: string;
  /** Cgroups of this name go with the namespace. */
  readonly cgroup: string;
  /** Runs a program to its end and returns what it printed. */
  run(...command: readonly string[]): Promise<string>;
  /** Starts a program that logs to `<its name>.log` of the directory. */
  spawn(program: string, args: readonly string[], env?: NodeJS.ProcessEnv): ChildProcess;
  /** Returns when `isSo`; fails with the end of the program's log when the program has ended or half a minute has passed. */
  until(isSo: () => Promise<boolean>, child: ChildProcess, program: string): Promise<void>;
}

/**
 * Opens a namespace in which this machine's directories `hide` are empty, save for the namespace's own one. Two engines in one network namespace would both manage the same
 * chains of iptables, and with a process namespace nothing of an engine can stay behind: everything hangs on one shell that waits for
 * the end of its standard input. When it ends, also because this process was killed, so do all others, and what they mounted and
 * configured goes with them.
 */
export async function openNamespace({ hide = [] }: { readonly hide?: readonly string[] } = {}): Promise<Namespace> {
  const directory = await mkdtemp(join(tmpdir(), 'sm-local-engine-'));
  const name = directory.slice(-6);
  const cgroup = `sm-local-test-${name}`;
  await writeFile(join(directory, 'namespace.sh'), namespaceScript);
  await writeFile(join(directory, 'holder.sh'), holderScript);
  const holder = spawn('sh', [join(directory, 'holder.sh'), directory, cgroup, ...hide], {
    stdio: ['pipe', 'pipe', 'inherit'],
    detached: true, // an interrupt of the terminal is for the test, which then ends the holder
    cwd: '/',
  });
  const ended = once(holder, 'close');
  const dispose = async (): Promise<void> => {
    holder.stdin.end();
    await ended;
  };
  try {
    const pid = await Promise.race([once(holder.stdout, 'data').then(([line]) => Number.parseInt(line, 10)), ended.then(() => 0)]);
    assert.ok(pid > 0, 'the namespaces could not be made');
    const entering = (...command: readonly string[]): string[] => ['--target', `${pid}`, '--net', '--mount', '--pid', '--', ...command];
    const run = (...command: readonly string[]): Promise<string> => runProgram('nsenter', entering(...command));
    const network = await layCable(pid, `sml${name}`, run);
    return {
      directory,
      name,
      cgroup,
      ...network,
      run,
      spawn(program, args, env = process.env) {
        const log = openSync(join(directory, `${basename(program)}.log`), 'a');
        return spawn('nsenter', entering(program, ...args), { stdio: ['ignore', log, log], detached: true, cwd: '/', env });
      },
      async until(isSo, child, program) {
        const deadline = Date.now() + 30_000;
        while (!(await isSo())) {
          if (child.exitCode === null && Date.now() < deadline) await sleep(20);
          else throw new Error(`${program}:\n${(await readFile(join(directory, `${basename(program)}.log`), 'utf8')).slice(-2000)}`);
        }
      },
      [Symbol.asyncDispose]: dispose,
    };
  } catch (error) {
    await dispose();
    throw error;
  }
}

/** $1: the directory, $2: the cgroup, and directories to hide. Removes what is left on disk when the namespace has ended. */
const holderScript = `
unshare --mount --net --pid --fork --kill-child --propagation slave sh "$1/namespace.sh" "$@"
for name in "$2" $(ls "$1/root/overlay-containers" 2>/dev/null); do # the second are podman's, which names cgroups after containers
  find /sys/fs/cgroup -depth -type d -path "*$name*" -exec rmdir {} + 2>/dev/null
done
rmdir /sys/fs/cgroup/*/libpod_parent/conmon /sys/fs/cgroup/*/libpod_parent 2>/dev/null # where no other podman uses them
rm -rf "$1"
`;

/**
 * Process 1 of the namespace. It says its id as the rest of the machine knows it, before /proc becomes the namespace's own. In /run and
 * /etc/docker an engine keeps sockets, settings and its identity, which must not be those of the ordinary one.
 */
const namespaceScript = `
set -e
own=$1
shift 2
cd "$own"
read -r pid rest < /proc/self/stat
mount -t proc proc /proc
mkdir -p /etc/docker
for hidden in /run /etc/docker "$@"; do mount -t tmpfs tmpfs "$hidden"; done
if ! test -e "$own"; then
  mkdir -p "$own"
  mount --no-canonicalize --bind . "$own"
fi
ip link set lo up
echo "$pid"
exec 3<&0 >/dev/null
cat <&3 &
wait
`;

/** A pair of virtual network cards, one in the namespace of `pid` and one in ours. They and the route go with the namespace. */
async function layCable(pid: number, ours: string, run: Namespace['run']): Promise<{ readonly address: string; readonly bridge: string }> {
  await runProgram('ip', ['link', 'add', ours, 'type', 'veth', 'peer', 'name', 'cable', 'netns', `${pid}`]);
  const block = await freeBlock();
  const [here, address, containers] = [`10.201.${block}.1`, `10.201.${block}.2`, `10.202.${block}`];
  await runProgram('ip', ['address', 'add', `${here}/30`, 'dev', ours]);
  await runProgram('ip', ['link', 'set', ours, 'up']);
  await run('ip', 'address', 'add', `${address}/30`, 'dev', 'cable');
  await run('ip', 'link', 'set', 'cable', 'up');
  await run('ip', 'route', 'add', 'default', 'via', here);
  // Docker drops what comes from outside for a port that is not published; this chain is the user's and comes first.
  await run('iptables', '--wait', '-N', 'DOCKER-USER');
  await run('iptables', '--wait', '-A', 'DOCKER-USER', '-i', 'cable', '-j', 'ACCEPT');
  await runProgram('ip', ['route', 'add', `${containers}.0/24`, 'via', address, 'dev', ours]);
  return { address, bridge: `${containers}.1/24` };
}

/** A third number of 10.201.x.0 and 10.202.x.0 that no route of this machine has. */
async function freeBlock(): Promise<number> {
  const routes = await readFile('/proc/net/route', 'utf8'); // addresses in hexadecimal, last number first
  const hex = (number: number): string => number.toString(16).padStart(2, '0').toUpperCase();
  const isTaken = (block: number): boolean => [201, 202].some((second) => routes.includes(`\t00${hex(block)}${hex(second)}0A\t`));
  const free = Array.from({ length: 256 }, (_, step) => (process.pid + step) % 256).find((block) => !isTaken(block));
  assert.ok(free !== undefined, '256 engines are enough');
  return free;
}
