// npm run quickstart: from a clean clone to a trained and served model. Builds examples/iris, trains it, serves it, asks it for one flower
// of each species, says where everything is, and leaves nothing behind but that.

import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { installDependencies, prepareEngine, run, say } from './setup.mjs';

installDependencies();
const baseImage = await prepareEngine();
run('npm', ['run', '--silent', 'build']);

const iris = 'examples/iris';
const name = `iris-quickstart-${Date.now()}`;
/** One of each species, as the data set says: setosa, versicolor, virginica. */
const samples = `${iris}/samples.csv`;
const image = ['--build-arg', `BASE_IMAGE=${baseImage}`];
let endpoint;
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => endpoint?.stop('SIGINT'));

try {
  await smLocal([
    ...['train', iris, '--name', name, '--input', `train=${iris}/data/train`, '--input', `validation=${iris}/data/validation`],
    ...['--hp', 'epochs=100', '--metric', 'validation:accuracy=validation:accuracy=([0-9.]+)', ...image],
  ]);
  endpoint = startEndpoint(['serve', iris, '--model', name, '--port', '0', '--name', 'iris', ...image]);
  await endpoint.ready;
  const answer = await smLocal(['invoke', 'iris', '--content-type', 'text/csv', '--accept', 'text/csv', '--body', `@${samples}`]);
  await endpoint.stop('SIGINT');
  report(answer);
} finally {
  await endpoint?.stop('SIGINT');
}

/** Runs a command of sm-local as a user would; its result is returned and shown. */
function smLocal(args) {
  say(`\n$ sm-local ${shown(args)}`);
  return new Promise((resolve) => {
    const child = spawn(process.execPath, ['bin/sm-local.js', ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
    let out = '';
    child.stdout.on('data', (chunk) => {
      out += chunk;
      process.stdout.write(chunk);
    });
    child.once('close', (code) => (code === 0 ? resolve(out) : process.exit(code ?? 1)));
  });
}

/** Starts `sm-local serve --json` and follows its events; `ready` settles when the endpoint is InService. */
function startEndpoint(args) {
  say(`\n$ sm-local ${shown(args)} &`);
  const child = spawn(process.execPath, ['bin/sm-local.js', ...args, '--json'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const closed = new Promise((resolve) => child.once('close', resolve));
  const ready = new Promise((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const event = JSON.parse(line);
      if (event.event === 'log') say(`${event.instance ?? event.host} | ${event.message}`);
      if (event.event === 'status') say(`${event.status.padEnd(12)} ${event.url ?? event.failureReason ?? ''}`);
      if (event.event === 'error') say(`Error: ${event.message}\n${event.remedy}`);
      if (event.event === 'status' && event.status === 'InService') resolve();
    });
    void closed.then((code) => reject(new Error(`The endpoint ended with exit code ${code}.`)));
  });
  ready.catch(() => {});
  const stop = async (signal) => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    await closed;
  };
  return { ready, stop };
}

function report(answer) {
  const species = answer.trim().split('\n');
  say('\nPredictions of the endpoint:');
  for (const [row, flower] of readFileSync(samples, 'utf8').trim().split('\n').entries()) say(`  ${flower}  ->  ${species[row]}`);
  say(`\nThe model:      ./sm-local-output/${name}/output/model.tar.gz`);
  say(`The report:     ./sm-local-output/${name}/output/output.tar.gz`);
  say(`The programs:   ${iris}/train and ${iris}/serve, the image ${iris}/Dockerfile`);
  say(`Once more:      npx sm-local serve ${iris} --model ${name} ${image.join(' ')}`);
  say('What next:      README.md; npx sm-local --help');
}

function shown(args) {
  return args.map((arg) => (/[\s()*]/.test(arg) ? `'${arg}'` : arg)).join(' ');
}
