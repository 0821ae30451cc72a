// Gets a registry for the tests to pull from: the distribution's own docker-registry, unpacked and not installed.
//
//   node scripts/registry.mjs      prints the path of the program; exit code 3 and one sentence when there is none
//
// It is kept below node_modules, so that it is downloaded once a clone.

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const cache = fileURLToPath(new URL('../node_modules/.cache/sm-local/', import.meta.url));
const program = 'docker-registry';

function registryProgram() {
  const installed = (process.env.PATH ?? '').split(':').find((folder) => existsSync(path.join(folder, program)));
  if (installed) return path.join(installed, program);
  const kept = path.join(cache, program);
  if (!existsSync(kept)) unpack(kept);
  return kept;
}

/** Two runs at once do not meet: each unpacks for itself, and the last one's program stays. */
function unpack(to) {
  mkdirSync(cache, { recursive: true });
  const work = mkdtempSync(path.join(cache, 'registry-'));
  try {
    // The user _apt, whom apt would switch to, cannot write here.
    const get = () => run('apt-get', ['-qq', '-o', 'APT::Sandbox::User=root', 'download', program], work);
    if (!get() && !(process.getuid?.() === 0 && run('apt-get', ['-qq', 'update'], work) && get()))
      throw new Error('apt-get cannot download it');
    const [archive] = readdirSync(work).filter((name) => name.endsWith('.deb'));
    if (!archive || !run('dpkg-deb', ['-x', archive, 'tree'], work)) throw new Error('its package cannot be unpacked');
    renameSync(path.join(work, 'tree/usr/bin', program), to);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

const run = (command, args, cwd) => spawnSync(command, args, { cwd, stdio: 'ignore' }).status === 0;

try {
  console.log(registryProgram());
} catch (error) {
  console.error(`There is no ${program} here: ${error.message}.`);
  process.exitCode = 3;
}
