// Programs that tests are made with, from the packages of Debian and Ubuntu.

import { spawnSync } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { isInstalled } from './programs.mjs';
import { say } from './setup.mjs';

/**
 * Installs the packages of the programs that are not there, on Debian and Ubuntu as root; elsewhere it says what is missing.
 * `wanted`: a program that shows whether they are needed -> packages.
 */
export function installMissing(wanted) {
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
