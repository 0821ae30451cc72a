// The programs that are run beside ours. One that is missing is installed where that can be done, as scripts/engine.mjs installs an engine;
// otherwise the rows that need it say so.

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { isInstalled } from '../programs.mjs';
import { say } from '../setup.mjs';

/** Program -> the package of Debian and Ubuntu that has it. */
const packages = {
  aws: 'awscli',
  curl: 'curl',
  docker: 'docker.io',
  'docker-compose': 'docker-compose',
  gcc: 'gcc libc6-dev',
  nginx: 'nginx-light',
  pigz: 'pigz',
  wrk: 'wrk',
};

const tried = new Set();

/** Errors: what is missing, and the package that has it. */
export function need(...programs) {
  for (const program of programs) {
    if (isInstalled(program)) continue;
    if (!tried.has(program) && process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) install(program);
    if (!isInstalled(program)) throw new Error(`needs ${program}: apt-get install ${packages[program] ?? program}`);
  }
}

function install(program) {
  tried.add(program);
  const names = (packages[program] ?? program).split(' ');
  say(`Installing ${names.join(' ')} …`);
  const apt = (...args) => spawnSync('apt-get', ['-qq', '-y', ...args], { env: quiet, stdio: 'ignore' }).status === 0;
  const options = ['--no-install-recommends', '-o', 'DPkg::Lock::Timeout=120', 'install', ...names];
  if (!apt(...options) && apt('update')) apt(...options);
}

const quiet = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
