// Profiles of whole processes, by V8: the proxy under load, a job, the start of the command line.

import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { SourceMap } from 'node:module';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { definitions } from './logs.mjs';
import { programEnd, servingProcess, using, wrk } from './processes.mjs';

/** How many lines of each. */
const most = 12;

/** Process -> `{ ms, busy, top }`: what it took, what of it it did not wait, and `{ ms, share, where }` of the functions with the most time of their own. */
export async function profiles(workshop) {
  const image = await workshop.image('bench');
  const places = await placesOfBundle(workshop);
  const run = (...args) => profiled(workshop, places, (flags) => programEnd(process.execPath, [...flags, 'bin/sm-local.js', ...args]));
  return {
    'sm-local serve, 1 KB x 16': await profiled(workshop, places, (nodeFlags) =>
      using(servingProcess(image, workshop.home, { nodeFlags }), async ({ url }) => {
        await wrk(url, { size: 1024, connections: 16, seconds: workshop.amounts.loadSeconds * 3 });
      }),
    ),
    'sm-local train': await run('train', image, ...placed(workshop)),
    [`sm-local train, ${workshop.amounts.logMegabytes} MB of metric lines`]: await run(
      'train',
      image,
      ...noisy(workshop),
      ...placed(workshop),
    ),
    'sm-local --help': await run('--help'),
  };
}

const placed = ({ home, path }) => ['--home', home, '--output', join(path, 'output')];

const noisy = ({ amounts }) => [
  ...['--env', `BENCH_LOG_BYTES=${amounts.logMegabytes * 1e6}`],
  ...definitions.flatMap(({ Name, Regex }) => ['--metric', `${Name}=${Regex}`]),
];

async function profiled({ path }, places, work) {
  const directory = join(path, 'profile');
  await mkdir(directory);
  try {
    await work(['--cpu-prof', '--cpu-prof-interval', '200', `--cpu-prof-dir=${directory}`]);
    const names = (await readdir(directory)).filter((name) => name.endsWith('.cpuprofile'));
    if (names.length === 0) throw new Error('no profile was written');
    return selfTimes(JSON.parse(await readFile(join(directory, names[0]), 'utf8')), places);
  } finally {
    await rm(directory, { recursive: true });
  }
}

/** A profile has nodes, and the node that was on top at each sample with the microseconds since the last. */
function selfTimes({ nodes, samples, timeDeltas, startTime, endTime }, places) {
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]));
  const times = new Map();
  for (const [index, id] of samples.entries()) {
    const where = placeOf(frames.get(id), places);
    times.set(where, (times.get(where) ?? 0) + timeDeltas[index] / 1000);
  }
  const idle = times.get('(idle)') ?? 0;
  times.delete('(idle)');
  const busy = [...times.values()].reduce((sum, time) => sum + time, 0);
  const top = [...times].sort(([, a], [, b]) => b - a).slice(0, most);
  return { ms: (endTime - startTime) / 1000, busy, idle, top: top.map(([where, ms]) => ({ where, ms, share: ms / busy })) };
}

const root = fileURLToPath(new URL('../..', import.meta.url));
const bundle = join(root, 'dist/cli/main.cjs');

/** Where functions of the command line's one file have come from, which is the same when it is made again: `(line, column) => place`. */
async function placesOfBundle({ path }) {
  const map = join(path, 'main.map');
  await programEnd(process.execPath, ['scripts/bundle.mjs', '--map', map]);
  const entries = new SourceMap(JSON.parse(await readFile(map, 'utf8')));
  const before = (await readFile(bundle, 'utf8')).indexOf('{') + 2; // what stands in the first line before the text of the map
  return (line, column) => {
    const { name, originalSource, originalLine } = entries.findEntry(line, line === 0 ? column - before : column);
    if (originalSource === undefined) return undefined;
    const file = originalSource.replace(/^(\.\.\/)+(.*?(?=src\/|node_modules\/))?/, '');
    return { name, where: `${file}:${originalLine + 1}` };
  };
}

function placeOf({ functionName, url, lineNumber, columnNumber }, places) {
  const name = functionName || '(anonymous)';
  if (url === '') return name;
  if (!url.startsWith('file:') && url !== bundle) return `${name} ${url}:${lineNumber + 1}`;
  const path = url === bundle ? url : fileURLToPath(url);
  const place = path === bundle ? places(lineNumber, columnNumber) : undefined;
  return place ? `${place.name ?? name} ${place.where}` : `${name} ${relative(root, path)}:${lineNumber + 1}`;
}

export const profilesText = (found) =>
  Object.entries(found)
    .map(([name, { ms, busy, top }]) =>
      [
        `  ${name}: ${ms.toFixed(0)} ms, ${busy.toFixed(0)} of them busy`,
        ...top.map(
          ({ where, ms: own, share }) => `    ${`${(share * 100).toFixed(1)} %`.padStart(7)}  ${own.toFixed(0).padStart(6)} ms  ${where}`,
        ),
      ].join('\n'),
    )
    .join('\n');
