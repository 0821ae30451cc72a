import { checkRequest } from '../check/asked.ts';
import { openBaseline, writeBaseline } from '../check/baseline.ts';
import { examine } from '../check/examine.ts';
import { openSubject } from '../check/open-subject.ts';
import { checks } from '../check/registry.ts';
import { type ReportFormat, reportFormat } from '../check/report/formats.ts';
import { measured, type Report, reported, type Told } from '../check/report/report.ts';
import { failsOn, selectionOf } from '../check/selection.ts';
import { openEphemeral } from '../ephemeral.ts';
import type { CheckValues } from '../options/check-options.ts';
import { emulatorOptions } from '../options/common-flags.ts';
import { checkPrinter } from './check-printer.ts';
import type { Io } from './io.ts';
import { interrupted } from './signals.ts';
import { checking, StopNews } from './stop-news.ts';
import { counted } from './units.ts';
import { version } from './version.ts';

/** `sm-local check`: what the cloud would refuse, a finding a line. Returns the exit code: 1 when something is found that matters. */
export async function check(image: string | undefined, values: CheckValues, io: Io): Promise<number> {
  const selection = selectionOf(values, checks);
  const format = reportFormat(values.format);
  const request = await checkRequest(image, values, io);
  const measure = { baseline: await openBaseline(values, io.cwd), fails: failsOn(values['fail-on']) };
  await using ephemeral = await openEphemeral(emulatorOptions(values, io));
  using news = new StopNews(io, values.json);
  using printer = checkPrinter(io, { format, isJson: values.json, file: values.report, render: (report) => rendered(report, format) });
  return await interrupted(ephemeral.emulator, news, async ({ stop }) => {
    const since = io.now();
    await using subject = await openSubject(ephemeral, request, printer, stop);
    news.enter(checking);
    const findings: Told[] = [];
    for await (const finding of examine(subject, checks, selection, printer.look)) {
      const told = measured(finding, measure);
      findings.push(told);
      await printer.finding(told);
    }
    const report = reported({ image: { name: request.imageName, id: subject.image.id }, since, until: io.now() }, findings, measure);
    await printer.result(report);
    if (values['write-baseline'] && values.baseline !== undefined) return await keep(values.baseline, findings, io);
    return report.isSound ? 0 : 1;
  });
}

async function keep(file: string, findings: readonly Told[], io: Io): Promise<number> {
  const count = await writeBaseline(file, io.cwd, findings);
  await io.err.write(`${file} now holds ${counted(count, 'finding')}, which do not fail the check any more.\n`);
  return 0;
}

/** Each format's code is loaded by those who ask for it. */
async function rendered(report: Report, format: ReportFormat): Promise<string> {
  if (format === 'junit') return (await import('../check/report/junit.ts')).junitReport(report);
  if (format === 'sarif') return (await import('../check/report/sarif.ts')).sarifReport(report, { version: version(), checks });
  return (await import('../check/report/json.ts')).jsonReport(report);
}
