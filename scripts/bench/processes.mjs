// Processes that rows have for themselves, so that the client, sm-local and the reference each have an event loop of their own.

import { fork, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

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

/** `sm-local serve` with one endpoint, `bench`, that is InService. `nodeFlags`: of the process, to profile it. */
export async function servingProcess(image, home, { nodeFlags = [] } = {}) {
  const args = [...nodeFlags, 'bin/sm-local.js', 'serve', image, '--name', 'bench', '--port', '0', '--home', home, '--json'];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text) => {
    said += text;
  });
  const ended = new Promise((resolve) => child.once('close', resolve));
  const url = await new Promise((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const { event, status, url } = JSON.parse(line);
      if (event === 'status' && status === 'InService') resolve(url);
    });
    child.once('close', (code) => reject(new Error(`sm-local serve ended with ${code}\n${said}`)));
  });
  return {
    url: `${url}/endpoints/bench/invocations`,
    peakMemory: () => peakMemory(child.pid),
    async end() {
      child.kill('SIGINT');
      await ended;
    },
  };
}

/** Bytes a process has had in memory at most; undefined where the system does not tell. */
function peakMemory(pid) {
  try {
    return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) * 1024;
  } catch {
    return undefined;
  }
}
