import { type Compared, compareRuns } from '../dev/run-comparison.ts';
import type { TrainingRecord } from '../jobs/record.ts';
import { duration, elapsed } from '../units.ts';

type Paint = (text: string) => string;

/** A table of what a run came to, beside an earlier one: a row each metric, then times and outcomes. */
export function comparisonText(
  run: TrainingRecord,
  before: TrainingRecord,
  { bold, dim }: { readonly bold: Paint; readonly dim: Paint },
): string {
  const { metrics, seconds } = compareRuns(run, before);
  const [training, billable] = seconds;
  const rows = [
    ...metrics.map((each) => rowOf(each, String)),
    rowOf(training, duration),
    rowOf(billable, elapsed),
    ['status', run.status, before.status, ''],
  ];
  const titles = ['', run.name, before.name, 'change'];
  const widths = titles.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[], [first, others]: readonly [Paint, Paint]): string => {
    const [name = '', ...rest] = cells.map((cell, column) => cell.padEnd(widths[column] ?? 0));
    return `  ${first(name)}  ${others(rest.join('  ').trimEnd())}\n`;
  };
  return `\n${line(titles, [dim, bold])}${rows.map((row) => line(row, [dim, String])).join('')}`;
}

/** The same for a program. */
export function comparisonEvent(run: TrainingRecord, before: TrainingRecord | undefined) {
  const { metrics, seconds } = compareRuns(run, before);
  const [training, billable] = seconds;
  return {
    event: 'run',
    name: run.name,
    status: run.status,
    ...(before && { before: before.name }),
    metrics: metrics.map((each) => ({ ...each, ...changeIn(each) })),
    trainingSeconds: figuresOf(training),
    billableSeconds: figuresOf(billable),
  };
}

const figuresOf = (each: Compared): object => {
  const { name: _name, ...figures } = each;
  return { ...figures, ...changeIn(each) };
};

const changeIn = ({ value, before }: Compared): { readonly change?: number } =>
  value === undefined || before === undefined ? {} : { change: rounded(value - before) };

function rowOf(each: Compared, text: (value: number) => string): string[] {
  const { name, value, before } = each;
  const cell = (figure: number | undefined): string => (figure === undefined ? '-' : text(figure));
  const { change } = changeIn(each);
  return [name, cell(value), cell(before), change === undefined ? '' : changeText(change, before ?? 0, text)];
}

function changeText(change: number, before: number, text: (value: number) => string): string {
  if (change === 0) return 'none';
  const sign = change > 0 ? '+' : '-';
  const percent = before === 0 ? '' : ` (${sign}${share(Math.abs(change / before) * 100)} %)`;
  return `${sign}${text(Math.abs(change))}${percent}`;
}

const share = (percent: number): string => (percent < 10 ? percent.toFixed(1) : String(Math.round(percent)));

/** Without what the difference of two binary fractions has behind its last digit that counts. */
const rounded = (value: number): number => Number(value.toPrecision(6));
