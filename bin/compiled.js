'use strict';
// Loads files of the bundle together with what V8 has compiled of them before. Compiling is two thirds of the time that `serve` takes to its first word
// to the engine (npm run bench -- --only loaded). Node keeps such code by itself from version 22 on, but only of the functions that run while a file is
// loaded.
//
// The code is in the user's cache directory, for each command by itself, since each runs other functions. The versions that were not begun lately go
// when there is a new one. NODE_DISABLE_COMPILE_CACHE does without, as in Node.

const fs = require('node:fs');
const { createRequire } = require('node:module');
const os = require('node:os');
const path = require('node:path');
const vm = require('node:vm');

/** A loader of the files of a directory, by './name.cjs'; anything else is Node's to load. `purpose`: the command that they are loaded for. */
function compiledLoader(directory, purpose = '') {
  const loaded = new Map();
  const cache = process.env.NODE_DISABLE_COMPILE_CACHE ? undefined : cacheDirectory();
  const command = /^[a-z]+$/.test(purpose) ? purpose : 'other';

  const load = (file) => {
    const known = loaded.get(file);
    if (known) return known.exports;
    const module = { exports: {} };
    loaded.set(file, module);
    const ofNode = createRequire(file);
    const require = Object.assign((name) => (name.startsWith('./') ? load(path.join(directory, name)) : ofNode(name)), {
      resolve: ofNode.resolve,
    });
    compiled(file)(module.exports, require, module, file, directory);
    return module.exports;
  };

  const compiled = (file) => {
    const source = fs.readFileSync(file, 'latin1'); // esbuild writes ASCII
    const [digest] = /[0-9a-f]{16}/.exec(source.slice(0, 32)) ?? [];
    const kept = cache && digest && path.join(cache, versionOf(digest), `${command}.code`);
    const cachedData = kept && read(kept);
    const script = new vm.Script(source, { filename: file, ...(cachedData && { cachedData }) });
    if (kept && (!cachedData || script.cachedDataRejected)) keepLater(script, kept);
    return script.runInThisContext();
  };

  return (name) => load(path.join(directory, name));
}

/** Code that has not run for a while V8 forgets, so whoever runs for long is asked early. */
function keepLater(script, kept) {
  let isKept = false;
  const keep = () => {
    if (isKept) return;
    isKept = true;
    write(kept, script.createCachedData());
  };
  process.once('exit', keep);
  setTimeout(keep, 3000).unref();
}

/** No other V8 can use its code. */
const versionOf = (digest) => `${digest}-${process.version}-${process.arch}`;

function cacheDirectory() {
  const { XDG_CACHE_HOME, LOCALAPPDATA } = process.env;
  if (XDG_CACHE_HOME && path.isAbsolute(XDG_CACHE_HOME)) return path.join(XDG_CACHE_HOME, 'sm-local');
  if (process.platform === 'win32') return LOCALAPPDATA && path.join(LOCALAPPDATA, 'sm-local', 'Cache');
  const home = os.homedir();
  if (!path.isAbsolute(home)) return undefined;
  return process.platform === 'darwin' ? path.join(home, 'Library', 'Caches', 'sm-local') : path.join(home, '.cache', 'sm-local');
}

/** V8 runs what it is given, so nobody else's. */
function read(kept) {
  let descriptor;
  try {
    descriptor = fs.openSync(kept, 'r');
    const { uid, mode } = fs.fstatSync(descriptor);
    if (process.getuid && (uid !== process.getuid() || (mode & 0o022) !== 0)) return undefined;
    return fs.readFileSync(descriptor);
  } catch {
    return undefined; // not there yet, or not readable: compiled then, as the first time
  } finally {
    if (descriptor !== undefined) fs.closeSync(descriptor);
  }
}

/** What goes wrong costs the next start some time, and nothing else. */
function write(kept, code) {
  const version = path.dirname(kept);
  try {
    const isNew = fs.mkdirSync(version, { recursive: true, mode: 0o700 }) !== undefined;
    writeWhole(kept, code);
    if (isNew) removeOld(path.dirname(version));
  } catch {
    // a disk that is full, a directory that is not ours: there is no code then
  }
}

function writeWhole(kept, code) {
  const part = `${kept}.${process.pid}`;
  try {
    const descriptor = fs.openSync(part, 'wx', 0o600);
    try {
      fs.writeFileSync(descriptor, code);
      fs.fsyncSync(descriptor);
    } finally {
      fs.closeSync(descriptor);
    }
    fs.renameSync(part, kept);
  } catch (error) {
    fs.rmSync(part, { force: true });
    throw error;
  }
}

/** Files of the bundle have a version each, and several versions of sm-local and of Node may be in use. */
const keptVersions = 24;

function removeOld(directory) {
  const versions = fs
    .readdirSync(directory)
    .map((name) => path.join(directory, name))
    .map((version) => ({ version, time: fs.statSync(version).mtimeMs }))
    .sort((one, other) => other.time - one.time);
  for (const { version } of versions.slice(keptVersions)) fs.rmSync(version, { recursive: true, force: true });
}

module.exports = { compiledLoader };
