// Writes what a run has found into docs/performance.md: between `<!-- bench:name -->` and `<!-- /bench -->` stands what a machine has filled in, and
// nothing there is typed by hand. A run of one kind fills in its own regions and leaves the others.
//
//   npm run bench -- --document                       after a run; also with --growth and --where
//   node scripts/bench/document.mjs run.json …        of runs that were kept with --json

import { readFile, writeFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { pointText } from './growth-text.mjs';
import { isGood } from './judge.mjs';
import { amount, markdown } from './table.mjs';
import { ownTime } from './where-job.mjs';

const page = 'docs/performance.md';

/** `run`: as `npm run -s bench -- --json` prints it. Errors: of a run that was interrupted. */
export async function document(run) {
  if (run.isInterrupted) throw new Error('The run was interrupted: what it found is not for the page.');
  let text = await readFile(page, 'utf8');
  for (const [name, content] of Object.entries(regionsOf(run))) {
    const region = new RegExp(`(<!-- bench:${name} -->\n)[\\s\\S]*?(<!-- /bench -->)`);
    if (!region.test(text)) throw new Error(`${page} has no region ${name}`);
    text = text.replace(region, (_, from, to) => `${from}\n${content}\n\n${to}`);
  }
  await writeFile(page, text);
}

function regionsOf({ rows, growth, where, ...run }) {
  return {
    ...(rows && { goals: goalsText(run, rows) }),
    ...(growth && { growth: `${machineText(run)}\n\n${growthText(growth)}` }),
    ...Object.fromEntries(
      Object.entries(where ?? {}).map(([id, found]) => [id, found.why ? `Could not be measured: ${found.why}` : whereTexts[id](found)]),
    ),
  };
}

function goalsText(run, rows) {
  const gating = rows.filter(({ gates }) => gates);
  const count = `${gating.filter(isGood).length} of ${gating.length} bars met, ${gating.filter(({ verdict }) => verdict === 'stretch').length} of them stretched.`;
  return `${machineText(run)}\n\n${markdown(rows)}\n\n${count}`;
}

function machineText({ startedAt, machine, rounds, seconds, isQuick }) {
  const { cpu, cores, memory, system, kernel, node, engine, disk, load } = machine;
  const on = `${cpu}, ${cores} cores, ${memory}; ${system}, ${kernel}; Node ${node}; ${engine}; temporary files on ${disk}; load ${load} at the start`;
  const how = `${rounds.jobs} rounds, ${rounds.proxy} of the proxy, ${rounds.heavy} of what takes long; ${seconds} s in all`;
  return `Run of ${startedAt.slice(0, 16).replace('T', ' ')} UTC on ${on}. ${how}.${isQuick ? ' **Quick: for orientation alone.**' : ''}`;
}

function growthText(rows) {
  const lines = [];
  let last;
  for (const row of rows) {
    if (row.id !== last) lines.push('', `**${row.title}**`, '', '| number | ratio, ours / theirs |', '| --- | --- |');
    last = row.id;
    lines.push(`| ${row.size} | ${pointText(row)} |`);
  }
  return lines.join('\n').trim();
}

const table = (head, lines) => [head, head.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n');

const whereTexts = {
  breakdown({ whole, spans, phases }) {
    const all = [...spans, ...phases.map(({ name, at }) => ({ name: `**${name}**`, at })), { name: '**returned**', at: whole }];
    const lines = all
      .sort((a, b) => a.at - b.at)
      .map(({ name, at, took }) => [at.toFixed(1), took === undefined ? '' : took.toFixed(1), name]);
    return `${table(['at, ms', 'took, ms', 'what'], lines)}\n\n${amount(ownTime(whole, spans))} ms with none of these calls under way: the wait for the container's end, and own work.`;
  },
  request: ({ steps }) =>
    table(
      ['way', 'p50, ms', 'processor time of the process in between, µs a request'],
      steps.map(({ name, p50, cpu }) => [name, p50.toFixed(3), cpu === undefined ? '' : amount(cpu)]),
    ),
  profile: (found) =>
    Object.entries(found)
      .map(([name, { ms, busy, top }]) => {
        const lines = top.map(({ where, ms: own, share }) => [`${(share * 100).toFixed(1)} %`, own.toFixed(0), `\`${where}\``]);
        return `\`${name}\`: ${ms.toFixed(0)} ms, ${busy.toFixed(0)} of them busy.\n\n${table(['share', 'own time, ms', 'function'], lines)}`;
      })
      .join('\n\n'),
  heap: ({ steps, isMet }) =>
    `${table(
      ['requests', 'heap, MB', 'process, MB'],
      steps.map(({ requests, used, resident }) => [requests, used.toFixed(1), resident.toFixed(0)]),
    )}\n\n${isMet ? 'It does not grow.' : '**It grows.**'}`,
  packed: ({ before, during, added, megabytes, seconds, isMet }) =>
    `While ${megabytes} MB are packed, in ${seconds.toFixed(1)} s, the median of a request goes from ${before.toFixed(2)} to ${during.toFixed(2)} ms: ${added.toFixed(2)} ms more, of at most 2. ${isMet ? 'Met.' : '**Short.**'}`,
};

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  for (const path of process.argv.slice(2)) await document(JSON.parse(await readFile(path, 'utf8')));
}
