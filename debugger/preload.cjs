// Node loads this at the start of every process of a container that `sm-local --debug` runs, before the program. In the first one that runs a
// program it opens the inspector. The program finds everything as it would be without this. For any Node from 12.7 on, whatever the image has.
'use strict';

const { writeSync } = require('fs');
const { basename } = require('path');

const port = 9229;
const waits = 'SM_LOCAL_DEBUG_WAIT';

/** Programs that start others; nobody wants to stop in them. */
const tools = ['npm', 'npm-cli.js', 'npx', 'npx-cli.js', 'yarn', 'yarn.js', 'yarnpkg', 'pnpm', 'pnpm.cjs', 'corepack', 'corepack.js'];

if (require('worker_threads').isMainThread && isProgram()) {
  const isWaiting = process.env[waits] !== undefined;
  delete process.env[waits];
  leaveEnvironmentAsItWas();
  open(isWaiting);
}

/** Process 1 is the program, whatever it is; elsewhere `node -e …` is a one-liner of a shell script. */
function isProgram() {
  const [, program] = process.argv;
  return program === undefined ? process.pid === 1 : !tools.includes(basename(program));
}

function leaveEnvironmentAsItWas() {
  const words = (process.env.NODE_OPTIONS || '').split(' ').filter((word) => word !== `--require=${__filename}`);
  if (words.some((word) => word !== '')) process.env.NODE_OPTIONS = words.join(' ');
  else delete process.env.NODE_OPTIONS;
}

function open(isWaiting) {
  const inspector = require('inspector');
  try {
    if (inspector.url() !== undefined) inspector.close(); // its own may be within reach of nobody outside of the container
    inspector.open(port, '0.0.0.0');
  } catch (error) {
    say(`the Node inspector cannot be opened: ${error.message}`);
    return;
  }
  if (inspector.url() === undefined) return; // another process is debugged already
  say(`the Node inspector is listening on port ${port} (process ${process.pid})`);
  if (isWaiting) inspector.waitForDebugger();
}

function say(text) {
  writeSync(2, `sm-local: ${text}\n`);
}
