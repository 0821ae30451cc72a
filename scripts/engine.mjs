// Gets a container engine: finds the one that answers, or on a bare Debian or Ubuntu installs and starts one.
//
//   node scripts/engine.mjs      prints where the engine answers; exit code 3 and one sentence when there is none
//
// It may be run any number of times; when an engine answers it only asks for its name.

import { spawn } from 'node:child_process';
import { existsSync, openSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { defaultAddress, findEngine, HostTrouble, ping } from './engine-api.mjs';
import { isInstalled } from './programs.mjs';

const packages = ['docker.io', 'iptables', 'ca-certificates'];
const logFile = '/var/log/sm-local-engine.log';
const pidFile = '/var/run/docker.pid';
const startLimitMs = 60_000;
const pollMs = 200;

/**
 * @param {{ log?: (line: string) => void }} options `log` receives progress, one line at a time
 * @returns {Promise<{ address: string, server: string, rule: string, started: boolean }>}
 */
export async function ensureEngine({ log = () => {} } = {}) {
  const found = await findEngine();
  if (found.engine) return { address: found.engine.address, rule: found.engine.rule, server: found.server, started: false };
  refuseWhereWeCannotInstall(found);

  if (!isInstalled('dockerd') || !isInstalled('iptables')) await install(log);
  const server = await start(log);
  return { address: defaultAddress, rule: 'the default socket', server, started: true };
}

function refuseWhereWeCannotInstall({ named, tried }) {
  const [{ engine, error }] = tried;
  if (error instanceof HostTrouble) throw error;
  if (named && engine.address !== defaultAddress) {
    throw new HostTrouble(
      `${engine.rule} names ${engine.address}, where no container engine answers (${error.message}): start it, or unset the name.`,
    );
  }
  if (error.code === 'EACCES' || error.code === 'EPERM') {
    throw new HostTrouble(
      `A container engine is there, but this user may not use ${defaultAddress}: ` +
        'run "sudo usermod -aG docker $USER" and log in again.',
    );
  }
  if (process.platform !== 'linux') {
    throw new HostTrouble('No container engine answers: start Docker Desktop, Colima, Rancher Desktop or a podman machine, and try again.');
  }
  if (process.getuid() !== 0) {
    throw new HostTrouble('No container engine answers, and only root can install or start one: run "sudo node scripts/engine.mjs".');
  }
  if (!isDebianFamily()) {
    throw new HostTrouble(
      'No container engine answers, and this script can install one on Debian and Ubuntu only: ' +
        "install Docker Engine or podman with this system's package manager and start it.",
    );
  }
}

function isDebianFamily() {
  const release = existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : '';
  return /^ID(_LIKE)?=.*\b(debian|ubuntu)\b/m.test(release);
}

async function install(log) {
  log(`No container engine here: installing ${packages.join(', ')} from the distribution's packages.`);
  const mark = logSize();
  // Package lists may be absent or too old to name a file that still exists: refreshed only when the install fails.
  if ((await aptGet('install', ...packages)) === 0) return;
  await aptGet('update');
  if ((await aptGet('install', ...packages)) === 0) return;
  logTail(mark, log);
  throw new HostTrouble(`apt-get could not install ${packages.join(' ')} (see ${logFile}): install a container engine and try again.`);
}

function aptGet(command, ...names) {
  // The lock's time-out lets a second run on the same machine wait for the first.
  const options = ['-q', '-y', '-o', 'DPkg::Lock::Timeout=300', ...(names.length ? ['--no-install-recommends'] : [])];
  return runLogged('apt-get', [...options, command, ...names], { ...process.env, DEBIAN_FRONTEND: 'noninteractive' });
}

async function start(log) {
  const mark = logSize();
  const isSystemd = existsSync('/run/systemd/system');
  log(`Starting the container engine${isSystemd ? '' : `, its output in ${logFile}`}.`);
  let hasEnded = () => false;
  if (isSystemd) {
    const code = await runLogged('systemctl', ['enable', '--now', 'docker']);
    hasEnded = () => code !== 0;
  } else if (!isDaemonAlive()) {
    hasEnded = startByHand();
  }

  for (const limit = Date.now() + startLimitMs; Date.now() < limit; await sleep(pollMs)) {
    const server = await ping({ address: defaultAddress }).catch(() => undefined);
    if (server) return server;
    // A daemon that gives way to one started by somebody else in the same second is no failure.
    if (hasEnded() && !isDaemonAlive()) break;
  }
  if (isSystemd) await runLogged('journalctl', ['--unit', 'docker', '--lines', '30', '--no-pager']);
  logTail(mark, log);
  throw new HostTrouble(`The container engine did not start: the end of ${logFile} says why.`);
}

/**
 * The daemon gets its own session, a file for its output and the root directory to work in: an inherited pipe would keep
 * a continuous-integration job waiting for ever, an inherited directory could not be removed.
 */
function startByHand() {
  const output = openSync(logFile, 'a');
  const daemon = spawn('dockerd', ['-H', defaultAddress, '--pidfile', pidFile], {
    detached: true,
    stdio: ['ignore', output, output],
    cwd: '/',
    env: daemonEnvironment(),
  });
  let ended = false;
  daemon.on('error', () => (ended = true));
  daemon.on('exit', () => (ended = true));
  daemon.unref();
  return () => ended;
}

/** What the daemon needs and no more: it outlives this run, and whatever secrets are in our environment should not. */
function daemonEnvironment() {
  const wanted = /^(PATH|HOME|LANG|TMPDIR|(https?|no|all)_proxy)$/i;
  const kept = Object.fromEntries(Object.entries(process.env).filter(([name]) => wanted.test(name)));
  return { ...kept, PATH: `${kept.PATH ?? ''}:/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin` };
}

/** The distribution's start script may have begun to start the daemon during the installation. */
function isDaemonAlive() {
  try {
    const pid = Number(readFileSync(pidFile, 'utf8'));
    return pid > 0 && process.kill(pid, 0); // signal 0 only asks whether the process is there
  } catch {
    return false;
  }
}

function runLogged(program, args, env = process.env) {
  const output = openSync(logFile, 'a');
  return new Promise((resolve) => {
    const child = spawn(program, args, { stdio: ['ignore', output, output], env });
    child.on('error', () => resolve(127));
    child.on('exit', (code) => resolve(code ?? 1));
  });
}

const logSize = () => (existsSync(logFile) ? statSync(logFile).size : 0);

function logTail(mark, log) {
  const text = existsSync(logFile) ? readFileSync(logFile).subarray(mark).toString('utf8').trimEnd() : '';
  for (const line of text.split('\n').slice(-20)) log(`  ${line}`);
}

if (process.argv[1] && import.meta.url === pathToFileURL(realpathSync(process.argv[1])).href) {
  try {
    const { address, server, rule, started } = await ensureEngine({ log: (line) => console.error(line) });
    console.log(`${address} (${server}, ${started ? 'started now' : `found by ${rule}`})`);
  } catch (error) {
    if (!(error instanceof HostTrouble)) throw error;
    console.error(error.message);
    process.exitCode = 3;
  }
}
