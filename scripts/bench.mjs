// npm run bench: what sm-local costs, as ratios against real programs that run in the same rounds.
//
//   npm run bench                         all goals, one table (bench/goals.mjs); some ten minutes, more where bars are missed
//   npm run bench -- --only P9            one of them, by its id or its word; several: --only P9,train or --only P9 --only train
//   npm run bench -- --quick              all goals of the project in two minutes, with less of everything: to see that they work
//   npm run bench -- --rounds 9           rounds of every kind; of start-up, which is short, twice as many and one
//   npm run bench -- --json               the machine and the rows as one JSON document; with --growth and --where too
//   npm run bench -- --growth             how cost grows with the number of things (bench/growth.mjs)
//   npm run bench -- --where              where the time goes (bench/where.mjs); --only picks some of it
//   npm run bench -- --document           writes what a whole run found into docs/performance.md; with --growth and --where too
//
// A figure is the median of the rounds' ratios; sides take turns in being the first, and a round that warms up is not counted. A bar that is missed is
// measured once more before it counts ("again"). Verdicts in parentheses gate nothing. The exit code is 1 when a bar is missed or a row failed.
// What a run makes, it removes, also when it is interrupted. A program that is missing is installed (root on Debian and Ubuntu), or named by its row.

import { existsSync, readdirSync, readFileSync, rmdirSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { chosen, isProjectGoal } from './bench/goals.mjs';
import { axesOf, growth } from './bench/growth.mjs';
import { isGood } from './bench/judge.mjs';
import { machine } from './bench/machine.mjs';
import { UnknownName } from './bench/names.mjs';
import { endPrograms } from './bench/processes.mjs';
import { makeDirectory, runBeside } from './bench/run-directories.mjs';
import { rowsOf } from './bench/run-goals.mjs';
import { table } from './bench/table.mjs';
import { partsOf, where } from './bench/where.mjs';
import { openWorkshop } from './bench/workshop.mjs';
import { Interrupted, untilInterrupted } from './interrupts.mjs';
import { installDependencies, prepareEngine, run, say } from './setup.mjs';

const { values } = orEndOfUsage(() =>
  parseArgs({
    options: {
      only: { type: 'string', multiple: true, default: [] },
      rounds: { type: 'string' },
      quick: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      growth: { type: 'boolean', default: false },
      where: { type: 'boolean', default: false },
      document: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  }),
);
if (values.help) {
  const [head = ''] = readFileSync(new URL(import.meta.url), 'utf8').split('\n\nimport');
  process.stdout.write(`${head.replace(/^\/\/ ?/gm, '')}\n`);
  process.exit();
}
const only = values.only.flatMap((names) => names.split(','));

/** Of jobs, start-up and files, of requests, of what takes long or runs many at once, and of many whose rounds differ most. */
const usualRounds = values.quick ? { jobs: 2, proxy: 1, heavy: 1, many: 1, crowd: 1 } : { jobs: 5, proxy: 3, heavy: 5, many: 3, crowd: 5 };
/** Of rows that are no goals of the project: the whole has to be over in ten minutes. */
const fewerRounds = values.quick ? usualRounds : { jobs: 2, proxy: 2, heavy: 1, many: 1, crowd: 3 };
const asked = Number(values.rounds);
if (values.rounds !== undefined && !(Number.isInteger(asked) && asked > 0))
  endOfUsage(`--rounds takes a number, 1 or more, and not ${values.rounds}.`);
const askedRounds = values.rounds === undefined ? undefined : { jobs: asked, proxy: asked, heavy: asked, many: asked, crowd: asked };
const rounds = askedRounds ?? usualRounds;
const otherRounds = askedRounds ?? fewerRounds;

try {
  process.exitCode = await untilInterrupted(bench);
} catch (error) {
  if (!(error instanceof Interrupted || error instanceof UnknownName)) throw error;
  say(error.message);
  process.exitCode = error.exitCode ?? 2;
}
process.exit(); // a row that was given up may still hold a connection

async function bench(signal) {
  const wanted = kindOf();
  const path = await directoryAlone();
  installDependencies();
  const baseImage = await prepareEngine();
  run('npm', ['run', '--silent', 'build']);
  signal.throwIfAborted(); // what was told while these went on
  signal.addEventListener('abort', endPrograms);
  const workshop = await openWorkshop({ path, baseImage, rounds, otherRounds, isQuick: values.quick, signal });
  try {
    const report = { startedAt: new Date().toISOString(), machine: await machine(workshop.engine), rounds, isQuick: values.quick };
    const startedAt = performance.now();
    const { found, text, isPassed } = await wanted(workshop);
    const seconds = Math.round((performance.now() - startedAt) / 1000);
    const whole = { ...report, seconds, ...(signal.aborted && { isInterrupted: true }), ...found };
    process.stdout.write(
      values.json ? `${JSON.stringify(whole, undefined, 2)}\n` : `${signal.aborted ? 'Interrupted; as far as it came:\n' : ''}${text}\n`,
    );
    if (values.document && !signal.aborted) {
      const { document } = await import('./bench/document.mjs');
      await document(whole);
    }
    signal.throwIfAborted();
    return isPassed ? 0 : 1;
  } finally {
    await workshop.end().catch((error) => {
      say(`Not all that the run has made is removed; the next run removes it: ${error.message}`); // an interruption would hide it
      throw error;
    });
  }
}

/** A directory for the run, which removes it when it has nothing in it yet; there is no other run beside. */
async function directoryAlone() {
  const path = await makeDirectory().catch((error) =>
    endOfUsage(`The directory for temporary files cannot be used (TMPDIR): ${error.message}`),
  );
  process.once('exit', () => {
    if (existsSync(path) && readdirSync(path).length === 0) rmdirSync(path);
  });
  const other = await runBeside();
  if (other !== undefined)
    endOfUsage(`Another benchmark runs (process ${other}): both would measure each other. Wait for its end, or interrupt it.`);
  return path;
}

/** What is asked for; names are checked before anything is done. */
function kindOf() {
  if (values.growth && values.where) endOfUsage('--growth and --where are runs of their own: give one of them.');
  if (values.document && (values.quick || (only.length > 0 && !values.where)))
    endOfUsage('--document puts a whole run into the page: without --quick and --only.');
  if (values.growth) axesOf(only);
  if (values.where) partsOf(only);
  if (values.growth) return (workshop) => growth(workshop, only);
  if (values.where) return (workshop) => where(workshop, only);
  const goals = chosen(only).filter((goal) => !values.quick || only.length > 0 || isProjectGoal(goal));
  return async (workshop) => {
    const rows = await rowsOf(goals, workshop, (row) => say(`${row.id} ${row.title}: ${row.why ?? row.verdict} (${row.seconds} s)`));
    return { found: { rows }, text: summary(rows, goals), isPassed: rows.every(isGood) };
  };
}

function summary(rows, goals) {
  const gating = rows.filter(({ gates }) => gates);
  const counts = `${gating.filter(isGood).length} of ${gating.length} bars met, ${gating.filter(({ verdict }) => verdict === 'stretch').length} of them stretched`;
  const failures = rows.filter(({ verdict }) => verdict === 'failed').length;
  const rest = goals.length - rows.length;
  const notes = [failures > 0 ? `${failures} rows failed` : '', rest > 0 ? `${rest} rows not reached` : ''];
  const quick = values.quick ? ' (quick: fewer rounds, less of everything, no second look; for orientation alone)' : '';
  const long = only.length === 0 && !values.quick ? ' Only by name: sdk, multipart.' : '';
  return `${table(rows)}\n\n${[counts, ...notes].filter(Boolean).join(', ')}${quick}.${long}`;
}

/** What parseArgs says of a command line that is none. */
function orEndOfUsage(parse) {
  try {
    return parse();
  } catch (error) {
    if (!`${error.code}`.startsWith('ERR_PARSE_ARGS')) throw error;
    return endOfUsage(error.message);
  }
}

function endOfUsage(message) {
  say(message);
  process.exit(2);
}
