// All test files by two processes side by side, since those on the engine mostly wait for it. Each takes the next file when it has done one: first
// those on the engine, which take long, and in the end the many short ones, so that both end at the same time. A run that does not end is
// killed, and the tests that it was in are named: a run that hangs would tell nothing at all. What the run has made in the engine goes in the end,
// also when it was interrupted. Arguments are mocha's.
//
//   node scripts/test-files.mjs [mocha's arguments]

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { say } from './setup.mjs';

/** Far more than it ever took on the slowest machine. */
const longestMinutes = 40;

const isOnEngine = (file) => file.endsWith('.docker.test.js');
const files = readdirSync('dist/test', { recursive: true })
  .filter((name) => name.endsWith('.test.js'))
  .map((name) => `dist/test/${name}`)
  .sort((one, other) => isOnEngine(other) - isOnEngine(one) || (one < other ? -1 : 1));

const notes = mkdtempSync(join(tmpdir(), 'sm-local-tests-'));
const mocha = spawn(
  process.execPath,
  ['node_modules/mocha/bin/mocha.js', '--parallel', '--jobs', '2', ...process.argv.slice(2), ...files],
  {
    stdio: ['ignore', 'inherit', 'inherit'],
    detached: true, // a group of its own, so that what it started can be ended with it
    env: { ...process.env, SM_LOCAL_TEST_NOTES: notes, SM_LOCAL_TEST_RUN: String(process.pid) },
  },
);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => mocha.kill(signal));
const timer = setTimeout(giveUp, longestMinutes * 60_000);
const [code] = await once(mocha, 'exit');
clearTimeout(timer);
const isAnyRun = tellLongest();
rmSync(notes, { recursive: true, force: true });
process.env.SM_LOCAL_TEST_RUN = String(process.pid);
const { endRun } = await import('../dist/test/support/root-hooks.js');
await Promise.race([endRun(), lateAfter(60_000)]);
process.exit(isAnyRun ? (code ?? 1) : 1);

async function lateAfter(milliseconds) {
  await sleep(milliseconds);
  throw new Error('What the tests have left in the engine could not be removed within a minute.');
}

function giveUp() {
  const tests = readdirSync(notes).filter((name) => name.endsWith('.current'));
  say(`The tests did not end within ${longestMinutes} minutes. They were ${tests.length > 0 ? 'in:' : 'between tests.'}`);
  for (const name of tests) say(`  ${readFileSync(join(notes, name), 'utf8')}`);
  process.kill(-mocha.pid, 'SIGKILL');
}

/** Whether there was any. */
function tellLongest() {
  if (!readdirSync(notes).includes('times')) {
    say('No test was run.'); // mocha would count each file of which a filter leaves none
    return false;
  }
  const times = readFileSync(join(notes, 'times'), 'utf8').trim().split('\n');
  const longest = times.map((line) => line.split('\t')).sort(([one], [other]) => other - one);
  say('The files that took longest:');
  for (const [milliseconds, file] of longest.slice(0, 20)) say(`${`${Math.round(milliseconds / 1000)}`.padStart(5)} s  ${file}`);
  return true;
}
