// Images of the engine: made of a directory, or of another image and one Dockerfile.

import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { call, HostTrouble } from '../engine-api.mjs';

export async function hasImage(engine, reference) {
  return (await call(engine, { path: `/images/${reference}/json` })).status === 200;
}

/** Makes an image of one layer: the tree, with these settings in a Dockerfile's words. All of it is owned by root. */
export async function importTree(engine, tree, reference, settings, { signal }) {
  const [repo, tag] = reference.split(':');
  const query = new URLSearchParams([['fromSrc', '-'], ['repo', repo], ['tag', tag], ...settings.map((line) => ['changes', line])]);
  // Owners, order and times are fixed, so that the same packages give the same layer whoever makes it, and when.
  const fixed = ['--owner=0', '--group=0', '--numeric-owner', '--sort=name', '--mtime=2020-01-01 00:00Z'];
  await sendTar(engine, `/images/create?${query}`, [...fixed, '-C', tree, '.'], { signal });
}

/** Builds the Dockerfile that is alone in `folder`. */
export async function buildImage(engine, folder, reference, { signal }) {
  const query = new URLSearchParams({ t: reference, rm: '1', forcerm: '1' });
  await sendTar(engine, `/build?${query}`, ['-C', folder, 'Dockerfile'], { signal });
}

/**
 * Takes a name from an image; the image goes with its last one, unless another was built on it. An engine may still be busy with a build
 * that was interrupted: then it is asked again.
 */
export async function removeName(engine, reference) {
  for (const limit = Date.now() + 20_000; ; await sleep(200)) {
    const { status, text } = await call(engine, { method: 'DELETE', path: `/images/${reference}` });
    if (status === 200 || status === 404) return;
    if (status !== 409 || Date.now() > limit) {
      throw new HostTrouble(`The container engine did not remove ${reference}: ${messageIn(text)}`);
    }
  }
}

async function sendTar(engine, path, args, { signal }) {
  const tar = spawn('tar', ['-c', ...args], { stdio: ['ignore', 'pipe', 'ignore'], signal });
  const packed = new Promise((resolve, reject) => {
    tar.on('error', reject);
    tar.on('close', (code) => (code === 0 ? resolve() : reject(new Error(`tar ended with exit code ${code}`))));
  });
  // Silence of minutes is no failure: a step of a build may have nothing to say for that long.
  const headers = { 'content-type': 'application/x-tar' };
  const sent = call(engine, { method: 'POST', path, headers, body: tar.stdout, idleMs: 300_000, signal });
  const failure = await Promise.all([sent, packed]).then(
    ([{ status, text }]) => failureIn(status, text),
    (error) => error.message,
  );
  tar.kill(); // if the engine hung up, tar still waits for somebody to read on
  if (failure) throw new HostTrouble(`The container engine did not make the base image: ${failure}`);
}

/** An engine that fails half-way has already answered 200: the failure then is a record in the stream. */
export function failureIn(status, text) {
  if (status !== 200) return messageIn(text);
  const records = text.split('\n').filter((line) => line.startsWith('{'));
  const failed = records.find((line) => line.includes('"error"'));
  if (!failed) return undefined;
  const printed = records.map((line) => JSON.parse(line).stream ?? '').join('');
  return [JSON.parse(failed).error, ...printed.trim().split('\n').slice(-10)].join('\n  ').trim();
}

export function messageIn(text) {
  try {
    return JSON.parse(text).message;
  } catch {
    return text.trim();
  }
}
