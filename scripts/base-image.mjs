// Names the base image for fixtures and examples: python:3.11-slim where it is at hand or a registry answers, otherwise
// an equivalent made of this Debian's or Ubuntu's own packages.
//
//   node scripts/base-image.mjs                           prints the reference to pass as build argument BASE_IMAGE; exit code 3 when there is none
//   node scripts/base-image.mjs python3-sklearn nginx     the same for a Dockerfile that installs more: an equivalent made here already holds
//                                                         these packages, so that its apt-get and pip find nothing left to do
//
// Once made, an image is found again by its tag, sm-local-base:<recipe>-<packages>. The first half is the hash of these scripts and of what
// was asked for, so that an edit here makes a new image; the second is the hash of the packages in it. A newer package alone does not
// make a new image: asking apt for versions takes longer than everything else in a run that finds its image.

import { createHash } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { failureIn, hasImage, messageIn } from './base-image/engine-images.mjs';
import { downloadFull, makeFullImage } from './base-image/full.mjs';
import { downloadSmall, makeSmallImage } from './base-image/small.mjs';
import { call, findEngine, HostTrouble } from './engine-api.mjs';
import { Interrupted, untilInterrupted } from './interrupts.mjs';
import { isInstalled } from './programs.mjs';

const publicImage = { name: 'python', tag: '3.11-slim' };
const publicReference = `${publicImage.name}:${publicImage.tag}`;
const repository = 'sm-local-base';

/** The settings of python:3.11-slim that a Dockerfile or a program may rely on. */
const settings = ['ENV PATH=/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin', 'ENV LANG=C.UTF-8', 'CMD ["python3"]'];

/**
 * @param {{ packages?: string[], log?: (line: string) => void }} options `packages` of the distribution, which the image should hold where
 *   it is made here; `log` receives progress, one line at a time
 * @returns {Promise<string>} the image reference
 */
export async function ensureBaseImage({ packages = [], log = () => {} } = {}) {
  const { engine } = await findEngine();
  if (!engine) throw new HostTrouble('No container engine answers: run "node scripts/engine.mjs" first.');
  const recipe = recipeOf(packages);
  const own = await findOwnImage(engine, recipe);
  if (own) return own;
  // What a Dockerfile installs comes from a network: then that the image is at hand is not enough, a registry has to answer now.
  if (packages.length === 0 && (await hasImage(engine, publicReference))) return publicReference;

  return await untilInterrupted(async (signal) => {
    const refusal = await pull(engine, signal, log);
    if (!refusal) return publicReference;
    log(`${publicReference} cannot be pulled: ${refusal}`);
    await refuseWhereWeCannotMakeOne(engine);
    return await makeFromPackages(engine, recipe, packages, signal, log);
  });
}

function recipeOf(packages) {
  const kind = packages.length > 0 ? 'full' : 'small';
  const files = ['base-image.mjs', `base-image/${kind}.mjs`, 'base-image/packages.mjs', 'base-image/engine-images.mjs'];
  const texts = files.map((file) => fs.readFileSync(fileURLToPath(new URL(file, import.meta.url)), 'utf8'));
  return shortHash([...texts, ...[...packages].sort()].join('\0'));
}

async function findOwnImage(engine, recipe) {
  const filters = encodeURIComponent(JSON.stringify({ reference: [repository] }));
  const { status, text } = await call(engine, { path: `/images/json?filters=${filters}` });
  if (status !== 200) throw new HostTrouble(`The container engine cannot list its images: ${messageIn(text)}`);
  const tags = JSON.parse(text).flatMap((image) => image.RepoTags ?? []);
  return tags.find((tag) => tag.replace(/^localhost\//, '').startsWith(`${repository}:${recipe}-`)); // podman adds localhost/
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

async function makeFromPackages(engine, recipe, packages, signal, log) {
  const umask = process.umask(0o022); // modes in the image must not depend on who makes it
  const work = fs.mkdtempSync(path.join(os.tmpdir(), 'sm-local-base-'));
  try {
    const isFull = packages.length > 0;
    log(`Making a base image from this distribution's packages${isFull ? ` with ${packages.join(', ')}: this takes a minute` : ''}.`);
    const archives = await (isFull ? downloadFull(packages, work, { signal }) : downloadSmall(work, { signal }));
    const reference = `${repository}:${recipe}-${shortHash(archives.map((file) => path.basename(file)).join('\n'))}`;
    await (isFull ? makeFullImage : makeSmallImage)(engine, archives, reference, settings, { work, signal });
    log(`Made ${reference} of ${archives.length} packages.`);
    return reference;
  } finally {
    fs.rmSync(work, { recursive: true, force: true });
    process.umask(umask);
  }
}

function shortHash(content) {
  return createHash('sha256').update(content).digest('hex').slice(0, 8);
}

if (process.argv[1] && import.meta.url === pathToFileURL(fs.realpathSync(process.argv[1])).href) {
  try {
    console.log(await ensureBaseImage({ packages: process.argv.slice(2), log: (line) => console.error(line) }));
  } catch (error) {
    if (!(error instanceof HostTrouble) && !(error instanceof Interrupted)) throw error;
    console.error(error.message);
    process.exitCode = error.exitCode ?? 3;
  }
}
