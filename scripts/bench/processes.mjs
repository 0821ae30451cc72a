// Processes that rows have for themselves, so that the client, sm-local and the reference each have an event loop of their own. Each is in a
// group of its own: an interruption at the terminal is this run's to deal with, which ends them one after the other.

import { fork, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { timed } from './measure.mjs';
import { need } from './programs.mjs';

/** Programs that run for a time, and processes that run until they are ended. */
const running = new Set();
const lasting = new Set();

/** Cuts what a row that is given up has under way. */
export function endPrograms() {
  for (const child of running) child.kill('SIGKILL');
}

/** Ends all that rows which were given up have left: as they are ended by who uses them, and if that takes too long at once. */
export async function endProcesses() {
  endPrograms();
  const gone = (child) => new Promise((resolve) => child.once('exit', resolve));
  const late = setTimeout(() => {
    for (const child of lasting) child.kill('SIGKILL');
  }, 15_000);
  await Promise.all(
    [...lasting].map((child) => {
      const ended = gone(child);
      child.kill('SIGINT');
      return ended;
    }),
  );
  clearTimeout(late);
}

/** A process that runs until it is ended, by SIGINT: also when nobody does who began it. */
export function kept(child) {
  lasting.add(child);
  child.once('exit', () => lasting.delete(child));
  return child;
}

/** Hands over what is got and ends it when the work is done. */
export async function using(getting, work) {
  const got = await getting;
  try {
    return await work(got);
  } finally {
    await got.end();
  }
}

const here = (file) => fileURLToPath(new URL(file, import.meta.url));

/** A process of this directory that answers a message with a message. */
export function client(file, args = []) {
  const child = kept(fork(here(file), args, { execArgv: [], detached: true }));
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

/** A server of this directory; it sends what is known of it when it listens, and ends, with all that it made, on SIGINT. */
export async function server(file, args = []) {
  const child = kept(fork(here(file), args, { execArgv: [], detached: true }));
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const told = await new Promise((resolve, reject) => {
    child.once('message', resolve);
    child.once('exit', (code) => reject(new Error(`${file} ended with ${code}`)));
  });
  return {
    ...told,
    cpuTime: () => cpuTimeOf(child.pid),
    peakMemory: () => memoryOf(child.pid, 'VmHWM'),
    async end() {
      child.kill('SIGINT');
      await ended;
    },
  };
}

/** The plainest server there is, with a directory of its own: `{ url, directory }`. */
export async function plainServer(workshop) {
  const { path: directory, end } = await workshop.directory();
  const { end: stop, ...told } = await server('./plain-server.mjs', [directory]);
  return {
    ...told,
    directory,
    async end() {
      await stop();
      await end();
    },
  };
}

/** `sm-local serve` with one endpoint, `bench`, that is InService. `nodeFlags`: of the process, to profile it. */
export async function servingProcess(image, home, { nodeFlags = [] } = {}) {
  const args = ['serve', image, '--name', 'bench', '--port', '0', '--home', home];
  const { url, ...program } = await ownProgram(args, nodeFlags, ({ event, status }) => event === 'status' && status === 'InService');
  return { url: `${url}/endpoints/bench/invocations`, ...program };
}

/** `sm-local serve --watch` of a directory, InService; `tag`: of its image. */
export async function watchingProcess(directory, home) {
  const { directoryTag } = await import('../../dist/src/engine/resolve-image.js');
  const args = ['serve', directory, '--watch', '--name', 'watched', '--port', '0', '--home', home];
  const { url, ...program } = await ownProgram(args, [], ({ event, status }) => event === 'status' && status === 'InService');
  return { url: `${url}/invocations`, tag: directoryTag(directory), ...program };
}

/** `sm-local up` that is ready. */
export const upProcess = (home, { nodeFlags = [] } = {}) =>
  ownProgram(['up', '--port', '0', '--fast-fail', '--home', home], nodeFlags, ({ event }) => event === 'ready');

/** A command of sm-local that serves until it is ended, when it has told its address in an event. */
async function ownProgram(args, nodeFlags, isReady) {
  const stdio = ['ignore', 'pipe', 'pipe'];
  const child = kept(spawn(process.execPath, [...nodeFlags, 'bin/sm-local.js', ...args, '--json'], { stdio, detached: true }));
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
    pid: child.pid,
    said: () => said,
    kill: (signal) => child.kill(signal),
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
export const processTime = (args, options) => programTime(process.execPath, args, options);

/** Milliseconds from the start of a program to its end. */
export const programTime = (program, args, options) => timed(() => programEnd(program, args, options));

/** What a program has printed. Errors: an exit code that is none of `codes`, with what it said. */
export function programEnd(program, args, { env = process.env, codes = [0], cwd, output = 'ignore' } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['ignore', output, 'pipe'], env, cwd, detached: true });
    const texts = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr']) child[name]?.setEncoding('utf8').on('data', (text) => (texts[name] += text));
    running.add(child);
    child.once('error', reject);
    child.once('close', (code) => {
      running.delete(child);
      if (codes.includes(code)) resolve(texts.stdout);
      else reject(new Error(`${program} ${args.join(' ')} ended with ${code}: ${texts.stderr.trim().split('\n').at(-1)}`));
    });
  });
}

/**
 * What wrk finds that posts bodies of `size` bytes on one thread: `{ requests, seconds, p50, p99 }`, latencies in milliseconds. Errors: a
 * request that was not answered with a success.
 */
export async function wrk(url, { size, connections, seconds }) {
  need('wrk');
  const args = ['-t1', `-c${connections}`, `-d${seconds}s`, '--timeout', '30s', '-s', here('./wrk.lua'), url];
  const text = await programEnd('wrk', args, { env: { ...process.env, BENCH_SIZE: `${size}` }, output: 'pipe' });
  const found = JSON.parse(text.trim().split('\n').at(-1));
  if (found.failed > 0 || found.requests === 0) throw new Error(`wrk: ${found.failed} of ${found.requests} requests failed`);
  return found;
}

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
