// What both of the README's commands do first, on a clean clone as on a used one: install the dependencies, build, get an engine and the
// base image. Each step takes no time when it has nothing to do.

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, statSync } from 'node:fs';

/** Runs a program in the foreground; its failure ends this process with `exitCode`. */
export function run(program, args, { exitCode = 1, env = {} } = {}) {
  const { status, error } = spawnSync(program, args, {
    stdio: 'inherit',
    env: { ...process.env, ...env },
    shell: process.platform === 'win32',
  });
  if (error) say(`${program}: ${error.message}`);
  if (status !== 0) process.exit(exitCode);
}

/** The same while something else goes on, which is not cut off by its failure. Resolves with whether it succeeded. */
export async function runBeside(program, args) {
  const child = spawn(program, args, { stdio: 'inherit', shell: process.platform === 'win32' });
  const end = () => child.kill();
  process.once('exit', end); // the other may end this process
  try {
    const [status] = await once(child, 'exit');
    return status === 0;
  } catch (error) {
    say(`${program}: ${error.message}`);
    return false;
  } finally {
    process.off('exit', end);
  }
}

export const say = (line) => process.stderr.write(`${line}\n`);

/** Installs what the lock file names, unless it was installed after the lock file was last changed. */
export function installDependencies() {
  const marker = 'node_modules/.package-lock.json';
  if (existsSync(marker) && statSync(marker).mtimeMs >= statSync('package-lock.json').mtimeMs) return;
  say('Installing the npm dependencies …');
  run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error']);
}

/**
 * An engine and the base image; their absence ends the process with exit code 3 and one sentence. The base image is for the engine's own
 * processor, and what is built on it has to be too, whatever the cloud's instances have.
 */
export async function prepareEngine() {
  const { ensureEngine } = await import('./engine.mjs');
  const { call, findEngine } = await import('./engine-api.mjs');
  const { ensureBaseImage } = await import('./base-image.mjs');
  try {
    const { server, rule } = await ensureEngine({ log: say });
    say(`Container engine: ${server} (${rule})`);
    const { engine } = await findEngine();
    const { Os, Arch } = JSON.parse((await call(engine, { path: '/version' })).text);
    process.env.DOCKER_DEFAULT_PLATFORM ??= `${Os}/${Arch}`;
    const baseImage = await ensureBaseImage({ log: say });
    say(`Base image: ${baseImage}`);
    return baseImage;
  } catch (error) {
    say(error instanceof Error ? error.message : String(error));
    process.exit(3);
  }
}
