// What rows work on, made once for all of them, in the run's own directory.

import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { appendFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const megabyte = 1024 * 1024;

/** So many megabytes of a model in files of 16, of which a half is noise, as weights are, and a half is text. */
export const modelData = ({ path }, megabytes) =>
  once(join(path, `model-${megabytes}`), async (directory) => {
    await mkdir(directory);
    const text = records(8 * megabyte);
    for (let number = 0; number * 16 < megabytes; number += 1) {
      const noise = randomBytes(8 * megabyte);
      await writeFile(join(directory, `${number}.bin`), Buffer.concat([noise, text]));
    }
  });

/**
 * Lines of CSV, of which pigz -6 makes a fifth. How much larger an archive of quick compression is than one of thorough, is a matter of the text: with
 * this one 1 %, with columns of random digits 2 to 5 %.
 */
function records(bytes) {
  const lines = [];
  for (let [number, length] = [0, 0]; length < bytes; number += 1) {
    const line = `${number},${number * 0.5},class-${number % 3}\n`;
    lines.push(line);
    length += line.length;
  }
  return Buffer.from(lines.join('')).subarray(0, bytes);
}

/** So many files of a kilobyte, a hundred a directory. */
export const manyFiles = ({ path }, count) =>
  once(join(path, `files-${count}`), async (directory) => {
    const content = randomBytes(1024);
    for (let part = 0; part * 100 < count; part += 1) {
      await mkdir(join(directory, `${part}`), { recursive: true });
      const names = Array.from({ length: Math.min(100, count - part * 100) }, (_, number) => join(directory, `${part}`, `${number}`));
      await Promise.all(names.map((name) => writeFile(name, content)));
    }
  });

/** A directory with one file. */
export const oneFile = ({ path }, megabytes) =>
  once(join(path, `big-${megabytes}`), async (directory) => {
    await mkdir(directory);
    await grow(join(directory, 'file'), megabytes);
  });

/** A file of so many megabytes. */
export const largeFile = ({ path }, megabytes) => once(join(path, `large-${megabytes}`), (file) => grow(file, megabytes));

/** Files of 4 MB. */
export const pipeData = ({ path }, megabytes) =>
  once(join(path, `pipe-${megabytes}`), async (directory) => {
    await mkdir(directory);
    for (let number = 0; number * 4 < megabytes; number += 1)
      await writeFile(join(directory, `${number + 100}`), randomBytes(4 * megabyte));
  });

async function grow(file, megabytes) {
  const part = randomBytes(megabyte);
  for (let number = 0; number < megabytes; number += 1) await appendFile(file, part);
}

async function once(path, make) {
  if (!existsSync(path)) await make(path);
  return path;
}
