import { writeFile } from 'node:fs/promises';
import type { Check } from '../check/check.ts';
import type { SubjectObserver } from '../check/open-subject.ts';
import type { ReportFormat } from '../check/report/formats.ts';
import { asData, countsOf, type Report, type Told } from '../check/report/report.ts';
import { ReportWriter } from '../check/report/text.ts';
import { diskTrouble } from '../store/disk-trouble.ts';
import { duration } from '../units.ts';
import { humanImagePrinter } from './image-printer.ts';
import { type Io, style } from './io.ts';
import { type JsonEvent, jsonTeller } from './json-lines.ts';

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
  /** Absolute: a file in place of standard output. */
  readonly file: string | undefined;
  readonly render: (report: Report) => Promise<string>;
}

export const checkPrinter = (io: Io, options: PrinterOptions): CheckPrinter =>
  options.isJson ? eventPrinter(io, options) : peoplePrinter(io, options);

/** One JSON object a line on stdout: every finding as it is there, the result last. A document beside them is for a file. */
function eventPrinter(io: Io, { file, render }: PrinterOptions): CheckPrinter {
  const tell = jsonTeller(io, ['finding', 'result']);
  const line = <E extends JsonEvent>(event: E): Promise<void> => tell(event);
  return {
    event: (event) => void line(event),
    trial: (what) => void line({ event: 'note', message: what }),
    look() {},
    finding: (finding) => line({ event: 'finding', ...asData(finding) }),
    async result(report) {
      if (file !== undefined) await put(file, await render(report));
      const { image, findings, stale, isSound } = report;
      await line({ event: 'result', image, isSound, counts: countsOf(findings), stale });
    },
    [Symbol.dispose]() {},
  };
}

/**
 * What goes on is told on stderr, the report on stdout: line by line as it comes to be, or whole where it is a document. A document on stdout or
 * in a file leaves the lines for people to stderr.
 */
function peoplePrinter(io: Io, { format, file, render }: PrinterOptions): CheckPrinter {
  const images = humanImagePrinter(io);
  const lines = format === 'text' && file === undefined ? io.out : io.err;
  const writer = new ReportWriter(style(io.isColorForced || (io.color && lines.isTerminal)), lines.width);
  const now = nowShown(io);
  return {
    event: images.event,
    trial: (what) => now.trial(what),
    look: ({ name }) => now.show(name),
    async finding(finding) {
      await now.away();
      await lines.write(writer.finding(finding));
    },
    async result(report) {
      await now.away();
      await lines.write(writer.conclusion(report));
      if (file !== undefined) await put(file, await render(report));
      else if (format !== 'text') await io.out.write(await render(report));
    },
    [Symbol.dispose]() {
      now.show(undefined);
      images[Symbol.dispose]();
    },
  };
}

async function put(path: string, text: string): Promise<void> {
  try {
    await writeFile(path, text);
  } catch (error) {
    throw diskTrouble('write', path, error);
  }
}

/** What is being tried, with the seconds that it takes, in the last line of a terminal; elsewhere a line for each trial, which may take long. */
function nowShown(io: Io): { show(what: string | undefined): void; trial(what: string): void; away(): Promise<void> } {
  const { dim } = style(io.color);
  let timer: NodeJS.Timeout | undefined;
  const show = (what: string | undefined): void => {
    clearInterval(timer);
    if (what === undefined) io.err.showLast?.(undefined);
    if (what === undefined || !io.err.showLast) return;
    const since = performance.now();
    const draw = (): void => io.err.showLast?.(dim(`… ${what} ${duration((performance.now() - since) / 1000)}`));
    draw();
    timer = setInterval(draw, 200).unref();
  };
  return {
    show,
    trial(what) {
      if (io.err.showLast) show(what);
      else void io.err.write(`${dim(`… ${what}`)}\n`);
    },
    /** Both streams may be one terminal: what is written next comes when the line is gone. */
    async away() {
      show(undefined);
      await io.err.write('');
    },
  };
}
