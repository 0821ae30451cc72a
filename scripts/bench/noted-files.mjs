// Notes what a process does with files, seen from outside of whoever does it: the functions of node:fs/promises are replaced for a while, for everybody
// who imported them.

import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const functions = ['mkdir', 'mkdtemp', 'open', 'readFile', 'readdir', 'rename', 'rm', 'stat', 'link', 'symlink', 'unlink', 'writeFile'];

/** `note` is told of each call, `{ name, from, to }`, on the clock of `performance.now()`, until what this returns is called. */
export async function noteFiles(note) {
  const handle = await fs.promises.open('/dev/null');
  const handles = Object.getPrototypeOf(handle);
  await handle.close();
  const restore = [
    ...functions.map((name) => replaced(fs.promises, name, `file.${name}`, note)),
    ...['sync', 'datasync'].map((name) => replaced(handles, name, `file.${name}`, note)),
  ];
  syncBuiltinESMExports();
  return () => {
    for (const undo of restore) undo();
    syncBuiltinESMExports();
  };
}

function replaced(owner, key, name, note) {
  const original = owner[key];
  owner[key] = function noted(...args) {
    const from = performance.now();
    const promise = original.apply(this, args);
    const end = () => note({ name, from, to: performance.now() });
    promise.then(end, end);
    return promise;
  };
  return () => {
    owner[key] = original;
  };
}
