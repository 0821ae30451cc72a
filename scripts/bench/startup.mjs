// How soon the command line is there, against a Node that does nothing.

import { spawn } from 'node:child_process';
import http from 'node:http';
import { join } from 'node:path';
import { alternately, timed } from './measure.mjs';
import { processTime, servingProcess, using } from './processes.mjs';

const nothing = () => processTime(['-e', '0']);

export const help = (workshop) => alternately(roundsOf(workshop), () => processTime(['bin/sm-local.js', '--help']), nothing);

export const version = (workshop) => alternately(roundsOf(workshop), () => processTime(['bin/sm-local.js', '--version']), nothing);

/** `sm-local serve` from its start to its first word to the engine: then the engine's client and the server are loaded. */
export async function loaded(workshop) {
  // One that comes to its end keeps what V8 has compiled, as everybody's first does; those below do not.
  await using(servingProcess(await workshop.image('bench'), workshop.home), () => {});
  return await alternately(roundsOf(workshop), () => untilFirstWord(workshop), nothing);
}

async function untilFirstWord({ path, home }) {
  const socketPath = join(path, 'silent.sock');
  const engine = http.createServer();
  const asked = new Promise((resolve) => engine.once('request', resolve));
  await new Promise((resolve) => engine.listen(socketPath, resolve));
  let child;
  try {
    return await timed(async () => {
      const args = ['bin/sm-local.js', 'serve', 'bench:none', '--port', '0', '--home', home];
      child = spawn(process.execPath, args, { stdio: 'ignore', env: { ...process.env, DOCKER_HOST: `unix://${socketPath}` } });
      const gone = new Promise((_, reject) => child.once('exit', (code) => reject(new Error(`serve ended with ${code}`))));
      await Promise.race([asked, gone]);
    });
  } finally {
    const gone = child && new Promise((resolve) => child.once('close', resolve));
    child?.kill('SIGKILL');
    if (child?.exitCode === null) await gone;
    engine.closeAllConnections();
    await new Promise((resolve) => engine.close(resolve));
  }
}

/** Start-up is short, so twice as many looks at it. */
const roundsOf = ({ rounds, signal }) => ({ rounds: rounds.jobs * 2 + 1, signal });
