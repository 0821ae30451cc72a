// npm run test:engines: the conformance suite on every engine that can be had here: the ordinary one, one behind TLS, one behind ssh, podman.
// Installs what is missing on Debian and Ubuntu, as root; elsewhere each suite that cannot run says so on stderr.

import { spawnSync } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { isInstalled } from './programs.mjs';
import { installDependencies, prepareEngine, run, say } from './setup.mjs';

/** A program that shows whether it is needed -> packages. */
const wanted = new Map([
  ['podman', ['podman', 'netavark', 'aardvark-dns', 'runc']],
  ['sshd', ['openssh-server', 'openssh-client']],
  ['openssl', ['openssl']],
]);

const startedAt = Date.now();
installDependencies();
const baseImage = await prepareEngine();
installEngines();
run('npm', ['run', '--silent', 'build']);
const mocha = ['--no-config', '--timeout', '60000', '--forbid-only', '--forbid-pending', '--require', 'dist/test/support/root-hooks.js'];
run('npx', ['mocha', ...mocha, 'dist/test/engines/*.engines.js', ...process.argv.slice(2)], {
  env: { SM_LOCAL_TEST_BASE_IMAGE: baseImage },
});
say(`All of it took ${Math.round((Date.now() - startedAt) / 1000)} s.`);

function installEngines() {
  const missing = [...wanted].filter(([program]) => !isInstalled(program)).flatMap(([, packages]) => packages);
  if (missing.length === 0) return;
  if (process.platform !== 'linux' || process.getuid() !== 0 || !isInstalled('apt-get')) {
    say(`Missing and not installed, which takes root on Debian or Ubuntu: ${missing.join(', ')}.`);
    return;
  }
  say(`Installing ${missing.join(', ')} …`);
  withoutStartingServices(() => {
    const options = ['-q', '-y', '--no-install-recommends', '-o', 'DPkg::Lock::Timeout=300'];
    const apt = (...args) =>
      spawnSync('apt-get', args, { stdio: ['ignore', 'ignore', 'inherit'], env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } });
    if (apt('install', ...options, ...missing).status === 0) return;
    apt('update', '-q');
    if (apt('install', ...options, ...missing).status !== 0) say('apt-get could not install all of them.');
  });
}

/** Packages ask this file whether their services may be started; the tests start what they need by themselves. */
function withoutStartingServices(work) {
  const policy = '/usr/sbin/policy-rc.d';
  const isOurs = !existsSync(policy);
  if (isOurs) writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    work();
  } finally {
    if (isOurs) rmSync(policy);
  }
}
