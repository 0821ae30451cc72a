// The tests in two processes side by side, since those on the engine mostly wait for it: three of five in one, the others, after all
// tests that need no engine, in the other. Each report is printed whole when its process has ended. A process that does not end is killed,
// and the test that it was in is named: a run that hangs would tell nothing at all. Arguments are mocha's, for both.
//
//   c8 node scripts/lanes.mjs [mocha's arguments]

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { say } from './setup.mjs';

/** Far more than a part ever took on the slowest machine. */
const longestMinutes = 30;

const files = readdirSync('dist/test', { recursive: true })
  .filter((name) => name.endsWith('.test.js'))
  .map((name) => `dist/test/${name}`)
  .sort();
const onEngine = files.filter((file) => file.endsWith('.docker.test.js'));
const others = files.filter((file) => !onEngine.includes(file));
const isInFirst = (_, index) => index % 5 < 3;
const lanes = [onEngine.filter(isInFirst), [...others, ...onEngine.filter((...file) => !isInFirst(...file))]];

const startedAt = Date.now();
const notes = mkdtempSync(join(tmpdir(), 'sm-local-lanes-'));
const running = lanes.map((lane, index) => {
  const current = join(notes, String(index));
  const mocha = spawn(process.execPath, ['node_modules/mocha/bin/mocha.js', ...process.argv.slice(2), ...lane], {
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true, // a group of its own, so that what it started can be ended with it
    env: { ...process.env, SM_LOCAL_TEST_CURRENT: current },
  });
  // Both may come in the same moment: whoever waits for the one would miss the other.
  return { mocha, current, report: reportOf(mocha), exited: once(mocha, 'exit'), closed: once(mocha, 'close') };
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {
    for (const { mocha } of running) mocha.kill(signal);
  });
}
const codes = await Promise.all(running.map(finish));
rmSync(notes, { recursive: true, force: true });
process.exitCode = Math.max(...codes);

async function finish({ mocha, current, report, exited, closed }, index) {
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    process.kill(-mocha.pid, 'SIGKILL');
  }, longestMinutes * 60_000);
  const [code] = await exited;
  clearTimeout(timer);
  const seconds = Math.round((Date.now() - startedAt) / 1000);
  await ended(mocha, closed);
  say(`\nTests, part ${index + 1} of ${lanes.length} (${lanes[index].length} files, ${seconds} s):`);
  process.stdout.write(report.join(''));
  if (isLate) say(`Part ${index + 1} did not end within ${longestMinutes} minutes and was killed. It was in: ${textOf(current)}`);
  return code ?? 1;
}

/** Its last output; a program that a test has left behind may hold the pipe open and is not waited for. */
async function ended(mocha, closed) {
  const patience = new AbortController();
  const late = sleep(5000, 'late', { signal: patience.signal }).catch(() => {});
  const first = await Promise.race([closed, late]);
  patience.abort();
  if (first !== 'late') return;
  say('A program that a test started still holds the output of the tests open.');
  for (const stream of [mocha.stdout, mocha.stderr]) stream.destroy();
}

function textOf(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return 'none';
  }
}

function reportOf({ stdout, stderr }) {
  const report = [];
  for (const stream of [stdout, stderr]) stream.setEncoding('utf8').on('data', (text) => report.push(text));
  return report;
}
