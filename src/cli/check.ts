import { buffer } from 'node:stream/consumers';
import { checkRequest } from '../check/asked.ts';
import { openBaseline, writeBaseline } from '../check/baseline.ts';
import { fileToWrite } from '../check/file-to-write.ts';
import { explain, readPage } from '../check/page.ts';
import { checks } from '../check/registry.ts';
import { type ReportFormat, reportFormat } from '../check/report/formats.ts';
import type { Report } from '../check/report/report.ts';
import { reportText } from '../check/report/text.ts';
import { type CheckPlan, runCheck } from '../check/run-check.ts';
import { failsOn, selectionOf } from '../check/selection.ts';
import { openEphemeral } from '../ephemeral.ts';
import type { CheckValues } from '../options/check-options.ts';
import { emulatorOptions } from '../options/common-flags.ts';
import { counted } from '../units.ts';
import { checkPrinter } from './check-printer.ts';
import type { Io } from './io.ts';
import { interrupted } from './signals.ts';
import { checking, StopNews } from './stop-news.ts';
import { version } from './version.ts';

/** `sm-local check`: what the cloud would refuse, a finding a line. Returns the exit code: 1 when something is found that matters. */
export async function check(image: string | undefined, values: CheckValues, io: Io): Promise<number> {
  if (values.explain !== undefined) {
    await io.out.write(await explain(values.explain, checks));
    return 0;
  }
  const format = reportFormat(values.format);
  const file = values.report === undefined ? undefined : await fileToWrite('--report', values.report, io.cwd);
  const plan: CheckPlan = {
    checks,
    selection: selectionOf(values, checks),
    request: await checkRequest(image, values, io, () => buffer(process.stdin)),
    measure: { baseline: await openBaseline(values, io.cwd), fails: failsOn(values['fail-on']) },
  };
  await using ephemeral = await openEphemeral(emulatorOptions(values, io));
  using news = new StopNews(io, values.json);
  using printer = checkPrinter(io, { format, isJson: values.json, file, render: (report) => rendered(report, format, io.cwd) });
  return await interrupted(ephemeral.emulator, news, async ({ stop }) => {
    const report = await runCheck(ephemeral, plan, { ...printer, begun: () => news.enter(checking) }, stop);
    await printer.result(report);
    if (!values['write-baseline'] || values.baseline === undefined) return report.isSound ? 0 : 1;
    const count = await writeBaseline(values.baseline, io.cwd, report.findings);
    await io.err.write(`${values.baseline} now holds ${counted(count, 'finding')}, which do not fail the check any more.\n`);
    return 0;
  });
}

/** Each format's code is loaded by those who ask for it. */
async function rendered(report: Report, format: ReportFormat, cwd: string): Promise<string> {
  if (format === 'text') return reportText(report);
  if (format === 'junit') return (await import('../check/report/junit.ts')).junitReport(report);
  if (format === 'sarif') {
    const pages = await Promise.all(checks.map(async ({ name }) => [name, await readPage(name)] as const));
    return (await import('../check/report/sarif.ts')).sarifReport(report, { version: version(), checks, pages: new Map(pages), cwd });
  }
  return (await import('../check/report/json.ts')).jsonReport(report);
}
