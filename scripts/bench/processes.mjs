// Processes that rows have for themselves, so that the client, sm-local and the reference each have an event loop of their own.

import { fork, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { timed } from './measure.mjs';

/** Hands over what was got and ends it when the work is done. */
export async function using(got, work) {
  try {
    return await work(got);
  } finally {
    await got.end();
  }
}

/** A client of this directory that answers a message with a message. */
export function client(file) {
  const child = fork(fileURLToPath(new URL(file, import.meta.url)), { execArgv: [] });
  return {
    ask: (message) =>
      new Promise((resolve, reject) => {
        const failed = (code) => reject(new Error(`${file} ended with ${code}`));
        child.once('exit', failed);
        child.once('message', (answer) => {
          child.off('exit', failed);
          resolve(answer);
        });
        child.send(message);
      }),
    tell: (message) => child.send(message),
    end: () => child.kill(),
  };
}

/** The plainest server there is, with a directory of its own: `{ url, directory }`. */
export async function plainServer() {
  const { path: directory, end } = await temporaryHome();
  const child = fork(fileURLToPath(new URL('./plain-server.mjs', import.meta.url)), [directory], { execArgv: [] });
  const url = await new Promise((resolve, reject) => {
    child.once('message', resolve);
    child.once('exit', (code) => reject(new Error(`plain-server.mjs ended with ${code}`)));
  });
  return {
    url,
    directory,
    async end() {
      child.kill();
      await end();
    },
  };
}

/** An empty directory. */
export async function temporaryHome() {
  const path = await mkdtemp(join(tmpdir(), 'sm-local-bench-'));
  return { path, end: () => rm(path, { recursive: true, force: true }) };
}

/** `sm-local serve` with one endpoint, `bench`, that is InService. `nodeFlags`: of the process, to profile it. */
export async function servingProcess(image, home, { nodeFlags = [] } = {}) {
  const args = ['serve', image, '--name', 'bench', '--port', '0', '--home', home];
  const { url, ...program } = await ownProgram(args, nodeFlags, ({ event, status }) => event === 'status' && status === 'InService');
  return { url: `${url}/endpoints/bench/invocations`, ...program };
}

/** `sm-local up` that is ready. */
export const upProcess = (home, { nodeFlags = [] } = {}) =>
  ownProgram(['up', '--port', '0', '--fast-fail', '--home', home], nodeFlags, ({ event }) => event === 'ready');

/** A command of sm-local that serves until it is ended, when it has told its address in an event. */
async function ownProgram(args, nodeFlags, isReady) {
  const child = spawn(process.execPath, [...nodeFlags, 'bin/sm-local.js', ...args, '--json'], { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text) => {
    said += text;
  });
  const ended = new Promise((resolve) => child.once('close', resolve));
  const url = await new Promise((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const event = JSON.parse(line);
      if (isReady(event)) resolve(event.url);
    });
    child.once('close', (code) => reject(new Error(`sm-local ${args[0]} ended with ${code}\n${said}`)));
  });
  return {
    url,
    memory: () => memoryOf(child.pid, 'VmRSS'),
    peakMemory: () => memoryOf(child.pid, 'VmHWM'),
    cpuTime: () => cpuTimeOf(child.pid),
    async end() {
      child.kill('SIGINT');
      await ended;
    },
  };
}

/** Milliseconds from the start of a Node process to its end. */
export const processTime = (args) => programTime(process.execPath, args);

/** Milliseconds from the start of a program to its end. */
export const programTime = (program, args, env = process.env) =>
  timed(
    () =>
      new Promise((resolve, reject) => {
        const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'inherit'], env });
        child.once('error', reject);
        child.once('close', (code) => (code === 0 ? resolve() : reject(new Error(`${program} ${args.join(' ')} ended with ${code}`))));
      }),
  );

/** Milliseconds of all cores that a process has used; undefined where the system does not tell. In hundredths of a second: `man 5 proc`. */
function cpuTimeOf(pid) {
  try {
    const [user, system] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1).split(' ').slice(11, 13);
    return (Number(user) + Number(system)) * 10;
  } catch {
    return undefined;
  }
}

/** Bytes a process has in memory (`VmRSS`), or has had at most (`VmHWM`); undefined where the system does not tell. */
function memoryOf(pid, name) {
  try {
    const [, kilobytes] = new RegExp(`${name}:\\s+(\\d+) kB`).exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
    return Number(kilobytes) * 1024;
  } catch {
    return undefined;
  }
}
