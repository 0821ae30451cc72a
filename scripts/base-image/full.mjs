// A base image for Dockerfiles that install as people do, with apt-get and pip, on a machine whose containers reach no package index: a
// small Debian or Ubuntu that already holds the packages asked for, with all that they need. dpkg knows them, so that "apt-get install
// nginx" has nothing to do; pip finds what they say of themselves, so that "pip install pandas" has nothing to do.
//
// A distribution is usually made by its own tools (debootstrap, mmdebstrap), which here would need root rights and some minutes. This needs
// neither: the packages are unpacked into a tree, dpkg's database is written beside them, and a container of the engine runs what is left of
// an installation, "dpkg --configure". What packages would run before they are unpacked (preinst) does not run; in a new tree it has nothing
// to prepare but the users that base-passwd brings, which are added below.

import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { runToEnd } from '../programs.mjs';
import { buildImage, importTree, removeName } from './engine-images.mjs';
import { download, makeEmptyTree, unpack } from './packages.mjs';

/** What Dockerfiles take for granted in python:3.11-slim. */
const baseSystem = ['?essential', 'apt', 'ca-certificates', 'python3', 'python3-pip'];

/**
 * Packages that count as installed and are not there, since those that depend on them can do without:
 * python3-pythran compiles parts of SciPy when SciPy is built, and brings a C++ compiler of 400 MB; usrmerge makes the links that
 * the tree begins with, and brings the whole of Perl.
 */
const standIns = ['python3-pythran', 'usrmerge'];

const standInParagraph = (name) => `Package: ${name}
Status: install ok installed
Section: misc
Maintainer: nobody <nobody@localhost>
Architecture: all
Version: 999
Description: stands in for a package that is not needed here
`;

export async function downloadFull(packages, work, { signal }) {
  const present = path.join(work, 'present');
  fs.writeFileSync(present, standIns.map(standInParagraph).join('\n'));
  return await download([...baseSystem, ...packages], path.join(work, 'archives'), { present, signal });
}

export async function makeFullImage(engine, archives, reference, settings, { work, signal }) {
  const tree = path.join(work, 'tree');
  makeEmptyTree(tree);
  const database = makeDatabase(tree);
  for (const archive of archives) {
    const files = await unpack(archive, tree, { signal });
    await database.add(archive, files, { work, signal });
  }
  addWhatThePublicImageHas(tree);
  // Packages make links there, OpenJDK's fails without; dpkg, whose work this is, makes it also where nothing is in it.
  fs.mkdirSync(path.join(tree, 'usr/share/man/man1'), { recursive: true });

  const unpacked = reference.replace(':', '-unpacked:');
  await importTree(engine, tree, unpacked, settings, { signal });
  try {
    const context = path.join(work, 'context');
    fs.mkdirSync(context);
    fs.writeFileSync(path.join(context, 'Dockerfile'), `FROM ${unpacked}\nRUN DEBIAN_FRONTEND=noninteractive dpkg --configure -a\n`);
    await buildImage(engine, context, reference, { signal });
  } finally {
    await removeName(engine, unpacked);
  }
}

/** dpkg's own records below /var/lib/dpkg: one file for the state of all packages, and a few in `info` for each. */
function makeDatabase(tree) {
  const folder = path.join(tree, 'var/lib/dpkg');
  const info = path.join(folder, 'info');
  for (const name of ['info', 'updates', 'triggers']) fs.mkdirSync(path.join(folder, name), { recursive: true });
  fs.writeFileSync(path.join(info, 'format'), '1\n');
  const record = (paragraph) => fs.appendFileSync(path.join(folder, 'status'), `${paragraph.trim()}\n\n`);
  for (const name of standIns) {
    record(standInParagraph(name));
    for (const kind of ['list', 'md5sums']) fs.writeFileSync(path.join(info, `${name}.${kind}`), '');
  }

  return {
    /** Records the package as unpacked and not yet configured. */
    async add(archive, files, { work, signal }) {
      const members = path.join(work, 'control');
      await runToEnd('dpkg-deb', ['--control', archive, members], { signal });
      const control = fs.readFileSync(path.join(members, 'control'), 'utf8');
      const field = (name) => new RegExp(`^${name}: *(.*)$`, 'm').exec(control)?.[1];
      // Packages that several architectures may have at once are told apart by it.
      const name = field('Multi-Arch') === 'same' ? `${field('Package')}:${field('Architecture')}` : field('Package');
      for (const member of fs.readdirSync(members).filter((member) => member !== 'control')) {
        fs.copyFileSync(path.join(members, member), path.join(info, `${name}.${member}`));
      }
      fs.writeFileSync(path.join(info, `${name}.list`), files.map((file) => `${file}\n`).join(''));
      record(withState(control, configurationFiles(path.join(members, 'conffiles'), tree)));
      fs.rmSync(members, { recursive: true });
    },
  };
}

function withState(control, conffiles) {
  const state = control.trim().replace(/^Package: .*$/m, '$&\nStatus: install ok unpacked');
  return conffiles.length === 0 ? state : `${state}\nConffiles:\n${conffiles.join('\n')}`;
}

/** Lines as dpkg keeps them: path and hash, by which it can later tell whether somebody changed the file. */
function configurationFiles(list, tree) {
  if (!fs.existsSync(list)) return [];
  const names = fs
    .readFileSync(list, 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('/'));
  return names.map(
    (name) =>
      ` ${name} ${createHash('md5')
        .update(fs.readFileSync(path.join(tree, name)))
        .digest('hex')}`,
  );
}

function addWhatThePublicImageHas(tree) {
  const at = (name) => path.join(tree, name);
  for (const name of ['passwd', 'group']) fs.copyFileSync(at(`usr/share/base-passwd/${name}.master`), at(`etc/${name}`));
  // Services that a package brings are not started by its installation, neither here nor in a Dockerfile.
  fs.writeFileSync(at('usr/sbin/policy-rc.d'), '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  fs.mkdirSync(at('usr/local/bin'), { recursive: true });
  fs.symlinkSync('../../bin/python3', at('usr/local/bin/python'));
  // Python then lets pip install beside the distribution's packages, as it does in the public image.
  for (const name of fs.readdirSync(at('usr/lib')).filter((name) => /^python3\.\d+$/.test(name))) {
    fs.rmSync(at(`usr/lib/${name}/EXTERNALLY-MANAGED`), { force: true });
  }
}
