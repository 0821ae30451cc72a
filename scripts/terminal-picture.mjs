// Draws docs/terminal.svg: what a terminal shows of a job, an endpoint and a request, from a real run of examples/iris in a pseudo-terminal.
// Run `npm run build` first. Times differ from run to run; paths of this machine are written as a reader has them.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '../dist/test/support/free-port.js';
import { keys, openTerminal } from '../dist/test/support/pseudo-terminal.js';
import { picture } from './terminal-picture/picture.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const columns = 96;
const directory = mkdtempSync(join(tmpdir(), 'sm-local-picture-'));
const home = join(directory, 'home');
const base = execFileSync(process.execPath, ['scripts/base-image.mjs'], {
  cwd: root,
  encoding: 'utf8',
  stdio: ['ignore', 'pipe', 'inherit'],
});
const iris = join(directory, 'examples/iris');
cpSync(join(root, 'examples/iris'), iris, { recursive: true });
const dockerfile = readFileSync(join(iris, 'Dockerfile'), 'utf8');
writeFileSync(join(iris, 'Dockerfile'), dockerfile.replace('python:3.11-slim', base.trim()));

/** What is run, and shown as it is typed. */
const train =
  'train examples/iris --name iris-1 --input train=examples/iris/data/train --input validation=examples/iris/data/validation --hp epochs=8 --metric accuracy=validation:accuracy=([0-9.]+)';
const serve = 'serve sm-local/iris --model iris-1 --name iris';
const invoke = 'invoke iris --content-type text/csv --accept text/csv --body 5.1,3.5,1.4,0.2';

const open = new Set();
const port = await freePort();
try {
  await run(train.replace('iris-1', 'warm-up')).ended; // the image is built, what the engine does is known
  await run('clean --older-than 0s').ended;
  const job = await watched(train);
  const server = run(`${serve} --port ${port}`); // somebody may have the usual one
  open.add(server);
  const served = await server.until(/InService at[\s\S]*Ctrl-C/);
  const asked = await watched(invoke);
  const windows = [
    { typed: `npx sm-local ${train.replace(/(?<=--metric )(.*)/, "'$1'")}`, rows: job.allSpans },
    { typed: `npx sm-local ${serve}`, rows: served.allSpans },
    { typed: `npx sm-local ${invoke}`, rows: asked.allSpans },
  ];
  server.type(keys.ctrlC);
  await server.ended;
  writeFileSync(join(root, 'docs/terminal.svg'), asReaders(picture(windows, columns)));
} finally {
  for (const terminal of open) await terminal[Symbol.asyncDispose]();
  rmSync(directory, { recursive: true, force: true });
}

function run(commandLine) {
  const { NO_COLOR: _no, FORCE_COLOR: _force, CI: _ci, ...env } = process.env;
  const args = [join(root, 'bin/sm-local.js'), ...commandLine.split(' ')];
  return openTerminal(process.execPath, args, { cwd: directory, env: { ...env, SM_LOCAL_HOME: home }, width: columns, height: 40 });
}

async function watched(commandLine) {
  const terminal = run(commandLine);
  open.add(terminal);
  const code = await terminal.ended;
  if (code !== 0) throw new Error(`${commandLine} ended with ${code}:\n${terminal.screen.text}`);
  return terminal.screen;
}

/** Without what only this machine has. */
function asReaders(svg) {
  return svg
    .replaceAll(home, '~/.sm-local')
    .replaceAll('./home/', '~/.sm-local/')
    .replaceAll(directory, '.')
    .replaceAll(`:${port}`, ':8080')
    .replaceAll(base.trim(), 'python:3.11-slim');
}
