// Names the base image for fixtures and examples: python:3.11-slim where it is at hand or a registry answers, otherwise
// an equivalent made of this Debian's or Ubuntu's own packages.
//
//   node scripts/base-image.mjs      prints the reference to pass as build argument BASE_IMAGE; exit code 3 when there is none
//
// Once made, an image is found again by its tag, sm-local-base:<recipe>-<packages>. The first half is the hash of this file,
// so that an edit here makes a new image; the second is the hash of the packages in it. A newer package alone does not
// make a new image: asking apt for versions takes longer than everything else in a run that finds its image.

import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { call, findEngine, HostTrouble } from './engine-api.mjs';

const publicImage = { name: 'python', tag: '3.11-slim' };
const publicReference = `${publicImage.name}:${publicImage.tag}`;
const repository = 'sm-local-base';
const recipe = shortHash(fs.readFileSync(fileURLToPath(import.meta.url)), 8);

/** The four things the image is for; apt adds the libraries they need. */
const wanted = ['python3-minimal', 'libpython3-stdlib', 'busybox-static', 'ca-certificates'];
/** What only serves the packages' installation scripts, which never run here, stays out. */
const isUseful = (name) => /^(python|lib|zlib|busybox|ca-certificates|media-types)/.test(name);
const leftOut = ['./usr/share/man', './usr/share/doc/*/changelog*', './usr/share/doc/*/NEWS*', './usr/share/lintian'];

/** The settings of python:3.11-slim that a Dockerfile or a program may rely on. */
const settings = ['ENV PATH=/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin', 'ENV LANG=C.UTF-8', 'CMD ["python3"]'];

/**
 * @param {{ log?: (line: string) => void }} options `log` receives progress, one line at a time
 * @returns {Promise<string>} the image reference
 */
export async function ensureBaseImage({ log = () => {} } = {}) {
  const { engine } = await findEngine();
  if (!engine) throw new HostTrouble('No container engine answers: run "node scripts/engine.mjs" first.');
  const own = await findOwnImage(engine);
  if (own) return own;
  if (await isLocal(engine, publicReference)) return publicReference;

  return await untilInterrupted(async (signal) => {
    const refusal = await pull(engine, signal, log);
    if (!refusal) return publicReference;
    log(`${publicReference} cannot be pulled: ${refusal}`);
    await refuseWhereWeCannotMakeOne(engine);
    return await makeFromPackages(engine, signal, log);
  });
}

async function findOwnImage(engine) {
  const filters = encodeURIComponent(JSON.stringify({ reference: [repository] }));
  const { status, text } = await call(engine, { path: `/images/json?filters=${filters}` });
  if (status !== 200) throw new HostTrouble(`The container engine cannot list its images: ${messageIn(text)}`);
  const tags = JSON.parse(text).flatMap((image) => image.RepoTags ?? []);
  return tags.find((tag) => tag.replace(/^localhost\//, '').startsWith(`${repository}:${recipe}-`)); // podman adds localhost/
}

async function isLocal(engine, reference) {
  return (await call(engine, { path: `/images/${reference}/json` })).status === 200;
}

/** Resolves with the reason why not, or with nothing. A registry that does not answer costs ten seconds at most. */
async function pull(engine, signal, log) {
  log(`Looking for ${publicReference} in the registry.`);
  const path = `/images/create?fromImage=${publicImage.name}&tag=${publicImage.tag}`;
  try {
    const { status, text } = await call(engine, { method: 'POST', path, idleMs: 10_000, signal });
    return failureIn(status, text);
  } catch (error) {
    if (signal.aborted) throw error;
    return error.message;
  }
}

async function refuseWhereWeCannotMakeOne(engine) {
  const instead = `connect the engine to a registry, or load ${publicReference} into it with "docker load", and try again.`;
  const missing = ['apt-get', 'dpkg-deb', 'tar'].filter((program) => !isInstalled(program));
  if (missing.length > 0) {
    throw new HostTrouble(
      `There is no base image, and one can be made from packages on Debian and Ubuntu only (no ${missing.join(', ')} here): ${instead}`,
    );
  }
  const { Os, Arch } = JSON.parse((await call(engine, { path: '/version' })).text);
  const ours = { x64: 'amd64' }[process.arch] ?? process.arch;
  if (Os !== 'linux' || Arch !== ours) {
    throw new HostTrouble(
      `There is no base image, and one made from this machine's packages (${ours}) would not run on the engine (${Os}/${Arch}): ${instead}`,
    );
  }
}

async function makeFromPackages(engine, signal, log) {
  const umask = process.umask(0o022); // modes in the image must not depend on who makes it
  const work = fs.mkdtempSync(path.join(os.tmpdir(), 'sm-local-base-'));
  try {
    log("Making a base image from this distribution's packages.");
    const archives = await download(path.join(work, 'archives'), signal);
    const reference = `${repository}:${recipe}-${shortHash(archives.map((file) => path.basename(file)).join('\n'), 8)}`;
    const tree = path.join(work, 'tree');
    await unpack(archives, tree, signal);
    await addWhatInstallationWouldAdd(tree, signal);
    await compilePython(tree, signal);
    await importTree(engine, tree, reference, signal);
    log(`Made ${reference} of ${archives.length} packages.`);
    return reference;
  } finally {
    fs.rmSync(work, { recursive: true, force: true });
    process.umask(umask);
  }
}

/** Told that nothing is installed, apt finds all the libraries needed; told where to keep things, it needs no root rights. */
async function download(folder, signal) {
  fs.mkdirSync(path.join(folder, 'partial'), { recursive: true });
  const settings = [
    'Dir::State::status=/dev/null',
    `Dir::Cache::archives=${folder}`,
    'Dir::Cache::pkgcache=',
    'Dir::Cache::srcpkgcache=',
    'Debug::NoLocking=1',
    'APT::Sandbox::User=root', // the user _apt, whom apt would switch to, cannot enter a private folder
    'APT::Install-Recommends=0',
    'Acquire::Retries=2',
  ].flatMap((setting) => ['-o', setting]);
  const get = () => run('apt-get', ['-qq', '-y', ...settings, '--download-only', 'install', ...wanted], { signal });
  try {
    // The package lists may be missing or name files that are gone; only root can renew them.
    await get().catch(async (error) => {
      if (signal.aborted || process.getuid() !== 0) throw error;
      await run('apt-get', ['-qq', 'update'], { signal });
      await get();
    });
  } catch (error) {
    if (signal.aborted) throw error;
    throw new HostTrouble(
      `There is no base image, and its packages cannot be downloaded (${error.message}): ` +
        `run "apt-get update" as root and try again, or connect the engine to a registry that has ${publicReference}.`,
    );
  }
  const debs = fs.readdirSync(folder).filter((name) => name.endsWith('.deb') && isUseful(name));
  return debs.sort().map((name) => path.join(folder, name));
}

async function unpack(archives, tree, signal) {
  // The links come first, so that packages of before the merge of /bin into /usr/bin unpack to the right place.
  for (const name of ['bin', 'sbin', 'lib', 'lib64']) {
    fs.mkdirSync(path.join(tree, 'usr', name), { recursive: true });
    fs.symlinkSync(`usr/${name}`, path.join(tree, name));
  }
  const excludes = leftOut.map((pattern) => `--exclude='${pattern}'`).join(' ');
  const extract = `tar -x --keep-directory-symlink -C "$0" ${excludes}`;
  await run('sh', ['-ec', `for deb; do dpkg-deb --fsys-tarfile "$deb" | ${extract}; done`, tree, ...archives], { signal });
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

  for (const applet of (await run(at('bin/busybox'), ['--list'], { signal })).trim().split('\n')) {
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
  await run(loader, [...python, ...compile, path.join(tree, 'usr/lib', library)], {
    signal,
    env: { PATH: process.env.PATH, PYTHONHOME: path.join(tree, 'usr') },
  });
}

async function importTree(engine, tree, reference, signal) {
  // Owners, order and times are fixed, so that the same packages give the same layer whoever makes it, and when.
  const fixed = ['--owner=0', '--group=0', '--numeric-owner', '--sort=name', '--mtime=2020-01-01 00:00Z'];
  const tar = spawn('tar', ['-c', ...fixed, '-C', tree, '.'], { stdio: ['ignore', 'pipe', 'ignore'], signal });
  const packed = new Promise((resolve, reject) => {
    tar.on('error', reject);
    tar.on('close', (code) => (code === 0 ? resolve() : reject(new Error(`tar ended with exit code ${code}`))));
  });
  const [repo, tag] = reference.split(':');
  const query = new URLSearchParams([['fromSrc', '-'], ['repo', repo], ['tag', tag], ...settings.map((line) => ['changes', line])]);
  const sent = call(engine, {
    method: 'POST',
    path: `/images/create?${query}`,
    headers: { 'content-type': 'application/x-tar' },
    body: tar.stdout,
    idleMs: 60_000,
    signal,
  });
  const failure = await Promise.all([sent, packed]).then(
    ([{ status, text }]) => failureIn(status, text),
    (error) => error.message,
  );
  tar.kill(); // if the engine hung up, tar still waits for somebody to read on
  if (failure) throw new HostTrouble(`The container engine did not take the base image: ${failure}`);
}

/** An engine that fails half-way has already answered 200: the failure then is a record in the stream. */
function failureIn(status, text) {
  if (status !== 200) return messageIn(text);
  const record = text.split('\n').find((line) => line.includes('"error"'));
  return record && JSON.parse(record).error;
}

function messageIn(text) {
  try {
    return JSON.parse(text).message;
  } catch {
    return text.trim();
  }
}

/**
 * Settles when the program and all that it started are gone, also when interrupted: whoever removes the working folder
 * must not race with a process still writing. Hence a group of its own, which can be ended as a whole.
 */
function run(program, args, { signal, env = process.env }) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], env, detached: true });
    const output = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr']) child[name].setEncoding('utf8').on('data', (text) => (output[name] += text));
    const end = () => process.kill(-child.pid, 'SIGKILL');
    signal.addEventListener('abort', end, { once: true });
    child.on('error', reject);
    child.on('close', (code) => {
      signal.removeEventListener('abort', end);
      if (code === 0) return resolve(output.stdout);
      const lastLine = output.stderr.trim().split('\n').at(-1);
      reject(new Error(`${path.basename(program)}: ${lastLine || `exit code ${code}`}`));
    });
  });
}

/** A signal makes `work` fail, so that its own clean-up runs, and then ends the process as it would have done at once. */
async function untilInterrupted(work) {
  const controller = new AbortController();
  const interrupt = (name) => controller.abort(new Interrupted(name));
  const names = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  for (const name of names) process.on(name, interrupt);
  try {
    return await work(controller.signal);
  } catch (error) {
    throw controller.signal.aborted ? controller.signal.reason : error;
  } finally {
    for (const name of names) process.off(name, interrupt);
  }
}

class Interrupted extends Error {
  constructor(name) {
    super(`interrupted by ${name}`);
    this.exitCode = 128 + os.constants.signals[name];
  }
}

function isInstalled(program) {
  return (process.env.PATH ?? '').split(path.delimiter).some((folder) => fs.existsSync(path.join(folder, program)));
}

function shortHash(content, length) {
  return createHash('sha256').update(content).digest('hex').slice(0, length);
}

if (process.argv[1] && import.meta.url === pathToFileURL(fs.realpathSync(process.argv[1])).href) {
  try {
    console.log(await ensureBaseImage({ log: (line) => console.error(line) }));
  } catch (error) {
    if (!(error instanceof HostTrouble) && !(error instanceof Interrupted)) throw error;
    console.error(error.message);
    process.exitCode = error.exitCode ?? 3;
  }
}
