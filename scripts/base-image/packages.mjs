// Debian's and Ubuntu's packages: the archives of what an image needs, and how they are unpacked.

import fs from 'node:fs';
import path from 'node:path';
import { HostTrouble } from '../engine-api.mjs';
import { runToEnd } from '../programs.mjs';

/** What nobody reads in a container, as in the slim images of Debian (licences stay), and tests, which installation would otherwise compile. */
const leftOut = [
  './usr/share/man',
  './usr/share/locale',
  './usr/share/info',
  './usr/share/lintian',
  './usr/share/doc/*/changelog*',
  './usr/share/doc/*/NEWS*',
  './usr/lib/python3/dist-packages/*/tests',
];

/**
 * Downloads the packages with all that they need. Told that nothing is installed, apt finds all of it; told where to keep things, it needs
 * no root rights. `present` is a file in the form of dpkg's status that names what counts as installed all the same.
 *
 * @returns {Promise<string[]>} the .deb files, sorted
 */
export async function download(names, folder, { present = '/dev/null', signal }) {
  fs.mkdirSync(path.join(folder, 'partial'), { recursive: true });
  const settings = [
    `Dir::State::status=${present}`,
    `Dir::Cache::archives=${folder}`,
    'Dir::Cache::pkgcache=',
    'Dir::Cache::srcpkgcache=',
    'Debug::NoLocking=1',
    'APT::Sandbox::User=root', // the user _apt, whom apt would switch to, cannot enter a private folder
    'APT::Install-Recommends=0',
    'Acquire::Retries=2',
  ].flatMap((setting) => ['-o', setting]);
  const get = () => runToEnd('apt-get', ['-qq', '-y', ...settings, '--download-only', 'install', ...names], { signal });
  try {
    // The package lists may be missing or name files that are gone; only root can renew them.
    await get().catch(async (error) => {
      if (signal.aborted || process.getuid() !== 0) throw error;
      await runToEnd('apt-get', ['-qq', 'update'], { signal });
      await get();
    });
  } catch (error) {
    if (signal.aborted) throw error;
    throw new HostTrouble(
      `There is no base image, and its packages cannot be downloaded (${error.message}): ` +
        'run "apt-get update" as root and try again, or connect the engine to a registry.',
    );
  }
  const archives = fs.readdirSync(folder).filter((name) => name.endsWith('.deb'));
  return archives.sort().map((name) => path.join(folder, name));
}

/** An empty tree in which /bin and its like are links into /usr, also for packages of before that merge. */
export function makeEmptyTree(tree) {
  for (const name of ['bin', 'sbin', 'lib', 'lib64']) {
    fs.mkdirSync(path.join(tree, 'usr', name), { recursive: true });
    fs.symlinkSync(`usr/${name}`, path.join(tree, name));
  }
}

/** @returns {Promise<string[]>} what it unpacked, as absolute paths of the image */
export async function unpack(archive, tree, { signal }) {
  const excludes = leftOut.map((pattern) => `--exclude=${pattern}`);
  const script = 'deb=$1; shift; dpkg-deb --fsys-tarfile "$deb" | tar -xv --quoting-style=literal --keep-directory-symlink "$@"';
  const printed = await runToEnd('sh', ['-ec', script, 'unpack', archive, '-C', tree, ...excludes], { signal });
  return printed
    .trimEnd()
    .split('\n')
    .map((name) => name.replace(/^\./, '').replace(/\/$/, '') || '/.');
}
