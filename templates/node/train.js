// SageMaker starts this program as `train`. It learns the last column of the .csv files of channel `train` from the columns before it, and
// leaves the model where SageMaker collects it.

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as otherEvents } from 'node:timers/promises';
import { LinearModel } from './model.js';

const optMl = '/opt/ml';
const defaults = { epochs: 60, 'learning-rate': 0.3 };

/** Something in the data or the hyperparameters that the user has to put right. */
class InputError extends Error {}

// The first process of a container does not react to SIGTERM until it says how, and SageMaker stops a job with it.
let isStopRequested = false;
process.on('SIGTERM', () => {
  isStopRequested = true;
});

try {
  await main();
} catch (error) {
  console.error(error instanceof InputError ? error.message : error);
  // The failure file becomes the job's FailureReason; the exit code alone makes the job fail.
  writeFileSync(join(optMl, 'output/failure'), error instanceof InputError ? error.message : String(error));
  process.exitCode = 1;
}

async function main() {
  const settings = readHyperparameters();
  const { columns, rows, targets } = readChannel('train');
  console.log(`${rows.length} rows to learn from, columns ${columns.join(', ')}; ${JSON.stringify(settings)}`);

  const model = LinearModel.untrained(columns, rows);
  for (let epoch = 1; epoch <= settings.epochs; epoch += 1) {
    const error = model.step(rows, targets, settings['learning-rate']);
    if (!Number.isFinite(error)) {
      throw new InputError(`the error of epoch ${epoch} is not a number any more: lower the learning-rate`);
    }
    console.log(`epoch=${epoch}; train:rmse=${error.toFixed(4)};`); // sm-local.yaml has the regular expression that finds it
    await otherEvents(); // such as SIGTERM
    if (isStopRequested) {
      console.log(`asked to stop: keeping the model of epoch ${epoch}`);
      break;
    }
  }
  writeFileSync(join(optMl, 'model/model.json'), `${JSON.stringify(model, null, 2)}\n`);
}

/** Every hyperparameter arrives as a string, whatever it was in the request. */
function readHyperparameters() {
  const given = JSON.parse(readFileSync(join(optMl, 'input/config/hyperparameters.json'), 'utf8'));
  const settings = { ...defaults };
  for (const [name, text] of Object.entries(given)) {
    if (!Object.hasOwn(defaults, name)) {
      console.log(`hyperparameter "${name}" is not known here: ignored`);
      continue;
    }
    settings[name] = Number(text);
    if (!(settings[name] > 0)) throw new InputError(`hyperparameter "${name}" should be a number above zero, not "${text}"`);
  }
  return settings;
}

/** The names of the columns to learn from, their values, and those of the last column. */
function readChannel(channel) {
  const folder = join(optMl, 'input/data', channel);
  const names = csvFilesOf(folder);
  if (names.length === 0) throw new InputError(`channel "${channel}" holds no .csv file: give one with --input ${channel}=<folder>`);
  let columns;
  const rows = [];
  const targets = [];
  for (const name of names) {
    const [first, ...lines] = readFileSync(join(folder, name), 'utf8').split(/\r?\n/);
    columns ??= first.split(',');
    if (first !== columns.join(',') || columns.length < 2) {
      throw new InputError(`${name}: its first line should name two or more columns, the same in all files`);
    }
    for (const [n, line] of lines.entries()) {
      if (line.trim() === '') continue;
      const row = line.split(',').map((text) => (text.trim() === '' ? Number.NaN : Number(text)));
      if (row.length !== columns.length || !row.every(Number.isFinite)) {
        throw new InputError(`${name}, line ${n + 2}: "${line}" is not ${columns.length} numbers`);
      }
      targets.push(row.pop());
      rows.push(row);
    }
  }
  if (rows.length === 0) throw new InputError(`the files of channel "${channel}" hold no rows`);
  return { columns: columns.slice(0, -1), rows, targets };
}

function csvFilesOf(folder) {
  try {
    return readdirSync(folder).filter((name) => name.endsWith('.csv'));
  } catch (error) {
    if (error.code === 'ENOENT') return []; // a channel that the job does not have
    throw error;
  }
}
