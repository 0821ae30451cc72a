// The base image of the fixtures and of most examples: Python with its standard library and a shell, 62 MB, in ten seconds. Nothing is
// installed in the packages' own way: they are unpacked, and the little that their installation would add is added by hand.

import fs from 'node:fs';
import path from 'node:path';
import { runToEnd } from '../programs.mjs';
import { importTree } from './engine-images.mjs';
import { download, makeEmptyTree, unpack } from './packages.mjs';

/** The four things the image is for; apt adds the libraries they need. */
const wanted = ['python3-minimal', 'libpython3-stdlib', 'busybox-static', 'ca-certificates'];
/** What only serves the packages' installation scripts, which never run here, stays out. */
const isUseful = (archive) => /^(python|lib|zlib|busybox|ca-certificates|media-types)/.test(path.basename(archive));

export async function downloadSmall(work, { signal }) {
  return (await download(wanted, path.join(work, 'archives'), { signal })).filter(isUseful);
}

export async function makeSmallImage(engine, archives, reference, settings, { work, signal }) {
  const tree = path.join(work, 'tree');
  makeEmptyTree(tree);
  for (const archive of archives) await unpack(archive, tree, { signal });
  await addWhatInstallationWouldAdd(tree, signal);
  await compilePython(tree, signal);
  await importTree(engine, tree, reference, settings, { signal });
}

/** What the packages' installation scripts, and the base system of a distribution, would have left behind. */
async function addWhatInstallationWouldAdd(tree, signal) {
  const at = (name) => path.join(tree, name);
  const write = (name, text) => fs.writeFileSync(at(name), text, { mode: 0o644 });

  for (const name of ['dev', 'home', 'mnt', 'opt', 'proc', 'root', 'run', 'srv', 'sys', 'tmp', 'usr/local/bin', 'var/log', 'var/tmp']) {
    fs.mkdirSync(at(name), { recursive: true });
  }
  fs.chmodSync(at('root'), 0o700);
  for (const name of ['tmp', 'var/tmp']) fs.chmodSync(at(name), 0o1777);

  for (const applet of (await runToEnd(at('bin/busybox'), ['--list'], { signal })).trim().split('\n')) {
    if (!fs.existsSync(at(`bin/${applet}`))) fs.symlinkSync('busybox', at(`bin/${applet}`));
  }
  fs.symlinkSync('../../bin/python3', at('usr/local/bin/python')); // where the public image has it

  write('etc/passwd', 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/nonexistent:/bin/false\n');
  write('etc/group', 'root:x:0:\nnogroup:x:65534:\n');
  // Without this file the C library asks the name server before it looks into /etc/hosts, where algo-1 may stand.
  write('etc/nsswitch.conf', 'passwd: files\ngroup: files\nhosts: files dns\n');

  const authorities = at('usr/share/ca-certificates/mozilla');
  const certificates = fs
    .readdirSync(authorities)
    .sort()
    .map((name) => fs.readFileSync(path.join(authorities, name), 'utf8'));
  fs.mkdirSync(at('etc/ssl/certs'), { recursive: true });
  write('etc/ssl/certs/ca-certificates.crt', certificates.join(''));
  fs.mkdirSync(at('usr/lib/ssl'), { recursive: true });
  fs.symlinkSync('/etc/ssl/certs', at('usr/lib/ssl/certs'));
  fs.symlinkSync('/etc/ssl/certs/ca-certificates.crt', at('usr/lib/ssl/cert.pem'));
}

/**
 * Compiled once here, for otherwise each container compiles afresh what it imports: http.server, json and ssl together
 * then take 0.3 s instead of 0.05 s. The tree's own interpreter does it, with the tree's own libraries.
 */
async function compilePython(tree, signal) {
  const library = fs.readdirSync(path.join(tree, 'usr/lib')).find((name) => /^python3\.\d+$/.test(name));
  const loaders = ['usr/lib64', 'usr/lib'].flatMap((dir) => fs.readdirSync(path.join(tree, dir)).map((name) => path.join(tree, dir, name)));
  const loader = loaders.find((file) => /\/ld-linux[^/]*\.so\.\d+$/.test(file));
  const shared = fs.readdirSync(path.join(tree, 'usr/lib')).filter((name) => name.includes('-linux-gnu'));
  const python = ['--library-path', shared.map((name) => path.join(tree, 'usr/lib', name)).join(':'), path.join(tree, 'usr/bin', library)];
  const compile = ['-m', 'compileall', '-q', '-j', '0', '--invalidation-mode', 'unchecked-hash', '-s', tree, '-p', '/'];
  await runToEnd(loader, [...python, ...compile, path.join(tree, 'usr/lib', library)], {
    signal,
    env: { PATH: process.env.PATH, PYTHONHOME: path.join(tree, 'usr') },
  });
}
