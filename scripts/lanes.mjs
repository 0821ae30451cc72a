// The tests in two processes side by side, since those on the engine mostly wait for it: half of them in one, the other half, after all
// tests that need no engine, in the other. Each report is printed whole when its process has ended. Arguments are mocha's, for both.
//
//   c8 node scripts/lanes.mjs [mocha's arguments]

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { say } from './setup.mjs';

const files = readdirSync('dist/test', { recursive: true })
  .filter((name) => name.endsWith('.test.js'))
  .map((name) => `dist/test/${name}`)
  .sort();
const onEngine = files.filter((file) => file.endsWith('.docker.test.js'));
const others = files.filter((file) => !onEngine.includes(file));
const lanes = [onEngine.filter((_, index) => index % 2 === 0), [...others, ...onEngine.filter((_, index) => index % 2 === 1)]];

const running = lanes.map((lane) => {
  const mocha = spawn(process.execPath, ['node_modules/mocha/bin/mocha.js', ...process.argv.slice(2), ...lane], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return { mocha, report: reportOf(mocha) };
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {
    for (const { mocha } of running) mocha.kill(signal);
  });
}
const codes = await Promise.all(running.map(finish));
process.exitCode = Math.max(...codes);

async function finish({ mocha, report }, index) {
  const [code] = await once(mocha, 'close');
  say(`\nTests, part ${index + 1} of ${lanes.length} (${lanes[index].length} files):`);
  process.stdout.write(report.join(''));
  return code ?? 1;
}

function reportOf({ stdout, stderr }) {
  const report = [];
  for (const stream of [stdout, stderr]) stream.setEncoding('utf8').on('data', (text) => report.push(text));
  return report;
}
