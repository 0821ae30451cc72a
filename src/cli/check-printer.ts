import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Area, Check } from '../check/check.ts';
import type { SubjectObserver } from '../check/open-subject.ts';
import type { ReportFormat } from '../check/report/formats.ts';
import { asData, countsOf, pageOf, type Report, type Told } from '../check/report/report.ts';
import type { ImageEvent } from '../image.ts';
import { diskTrouble } from '../store/disk-trouble.ts';
import { type Io, style } from './io.ts';
import { isBuildNoise } from './job-printer.ts';
import { progressPrinter } from './progress-printer.ts';
import { counted, duration } from './units.ts';

/** Tells of an examination while it goes on, and of all that was found. */
export interface CheckPrinter extends SubjectObserver, Disposable {
  look(check: Check): void;
  finding(finding: Told): Promise<void>;
  result(report: Report): Promise<void>;
}

/** How the report is written, and where to. */
export interface PrinterOptions {
  readonly format: ReportFormat;
  /** One JSON object an event. */
  readonly isJson: boolean;
  /** A file in place of standard output. */
  readonly file: string | undefined;
  /** For formats other than text. */
  readonly render: (report: Report) => Promise<string>;
}

export const checkPrinter = (io: Io, options: PrinterOptions): CheckPrinter =>
  options.isJson ? eventPrinter(io) : peoplePrinter(io, options);

/** One JSON object a line on stdout: every finding as it is there, the whole report last. */
function eventPrinter(io: Io): CheckPrinter {
  const line = (event: object): Promise<void> => io.out.write(`${JSON.stringify({ time: io.now(), ...event })}\n`);
  return {
    event: (event) => void line(event),
    trial: (what) => void line({ event: 'note', message: what }),
    look() {},
    finding: (finding) => line({ event: 'finding', ...asData(finding) }),
    result: ({ image, findings, stale, isSound }) => line({ event: 'result', image, isSound, counts: countsOf(findings), stale }),
    [Symbol.dispose]() {},
  };
}

/**
 * What goes on is told on stderr, the report on stdout: line by line as it comes to be, or whole where it is a document. A document on stdout or
 * in a file leaves the lines for people to stderr.
 */
function peoplePrinter(io: Io, { format, file, render }: PrinterOptions): CheckPrinter {
  const { dim, yellow } = style(io.color);
  const progress = progressPrinter(io);
  const lines = format === 'text' && file === undefined ? io.out : io.err;
  const write = textWriter(style(io.color && lines.isTerminal));
  const now = nowShown(io);
  return {
    event(event: ImageEvent) {
      if (event.event === 'progress') progress(event);
      else if (event.event === 'build') {
        if (!isBuildNoise(event.message)) void io.err.write(`${dim(`build | ${event.message}`)}\n`);
      } else void io.err.write(`${event.event === 'warning' ? yellow(`Warning: ${event.message}`) : dim(event.message)}\n`);
    },
    trial: (what) => now.show(what),
    look: ({ name }) => now.show(name),
    async finding(finding) {
      now.show(undefined);
      await lines.write(write.finding(finding));
    },
    async result(report) {
      now.show(undefined);
      await lines.write(write.conclusion(report));
      if (format === 'text' && file === undefined) return;
      const text = format === 'text' ? plainText(report) : await render(report);
      if (file === undefined) return await io.out.write(text);
      const path = resolve(io.cwd, file);
      await writeFile(path, text).catch((error) => {
        throw diskTrouble('write', path, error);
      });
    },
    [Symbol.dispose]: () => now.show(undefined),
  };
}

function plainText(report: Report): string {
  const write = textWriter(style(false));
  return [...report.findings.map(write.finding), write.conclusion(report)].join('');
}

/** What is being tried, with the seconds that it takes, in the last line of a terminal. */
function nowShown(io: Io): { show(what: string | undefined): void } {
  const { dim } = style(io.color);
  let timer: NodeJS.Timeout | undefined;
  return {
    show(what) {
      clearInterval(timer);
      if (!io.err.showLast) return;
      if (what === undefined) return io.err.showLast(undefined);
      const since = performance.now();
      const draw = (): void => io.err.showLast?.(dim(`… ${what} ${duration((performance.now() - since) / 1000)}`));
      draw();
      timer = setInterval(draw, 200).unref();
    },
  };
}

const titles: Readonly<Record<Area, string>> = {
  image: 'The image',
  train: 'Training',
  serve: 'Serving',
  batch: 'Batch transform',
  'multi-model': 'Multi-model endpoints',
};

const markWidth = 11;
const nameWidth = 24;

/** Findings as lines: an area has a title, a finding its mark, its name and what was seen, with the way out below it. */
function textWriter({ bold, dim, green, red, yellow, cyan }: ReturnType<typeof style>) {
  let area: Area | undefined;
  const indent = ' '.repeat(markWidth + nameWidth + 2);
  const below = (text: string): string =>
    text
      .split('\n')
      .map((line) => `${indent}${line}\n`)
      .join('');
  const mark = (finding: Told): string => {
    const { state, severity, isKnown } = finding;
    if (state === 'passed') return green('ok'.padEnd(markWidth));
    if (state === 'inapplicable') return dim('-'.padEnd(markWidth));
    if (isKnown) return dim('known'.padEnd(markWidth));
    if (state === 'untested') return (severity === 'error' ? red : yellow)('not tested'.padEnd(markWidth));
    return { error: red, warning: yellow, note: cyan }[severity](severity.padEnd(markWidth));
  };
  return {
    finding(finding: Told): string {
      const { check, text, state, isKnown } = finding;
      const title = check.area === area ? '' : `${area === undefined ? '' : '\n'}${bold(titles[check.area])}\n`;
      area = check.area;
      const isPlain = state === 'passed' || state === 'inapplicable' || isKnown;
      const head = `${title}${mark(finding)} ${check.name.padEnd(nameWidth)} ${isPlain && state !== 'passed' ? dim(text) : text}\n`;
      if (isPlain) return head;
      const evidence = finding.evidence ?? [];
      const remedy = 'remedy' in finding && finding.remedy ? below(dim(`→ ${finding.remedy}`)) : '';
      const places = state === 'failed' ? (finding.places ?? []).map(({ file, line }) => `${file}:${line}`) : [];
      const where = places.length > 0 ? below(dim(`at ${places.join(', ')}`)) : '';
      const why = state === 'failed' ? below(dim(`  ${check.source.title}; ${pageOf(check)}`)) : '';
      return head + evidence.map((line) => below(dim(`| ${line}`))).join('') + where + remedy + why;
    },
    conclusion({ findings, stale, since, until, isSound }: Report): string {
      const { errors, warnings, notes, untested, known } = countsOf(findings);
      const took = duration((until.getTime() - since.getTime()) / 1000);
      const gone = stale.map(({ check }) => `The baseline knows ${check}, which is not found any more: take it out.\n`).join('');
      const made = findings.filter(({ state }) => state !== 'inapplicable').length;
      const head = errors + warnings + notes + untested === 0 ? green('No finding') : (isSound ? yellow : red)(faults());
      return `\n${head}${known > 0 ? `, ${known} known` : ''}: ${counted(made, 'check')} in ${took}.\n${gone}`;

      function faults(): string {
        const parts = [
          ...(errors > 0 ? [counted(errors, 'error')] : []),
          ...(warnings > 0 ? [counted(warnings, 'warning')] : []),
          ...(notes > 0 ? [counted(notes, 'note')] : []),
          ...(untested > 0 ? [`${untested} not tested`] : []),
        ];
        return parts.join(', ');
      }
    },
  };
}
