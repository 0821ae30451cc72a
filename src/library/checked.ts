import { checkRequest } from '../check/asked.ts';
import { openBaseline } from '../check/baseline.ts';
import { checks } from '../check/registry.ts';
import { asData, asDocument } from '../check/report/report.ts';
import { reportText } from '../check/report/text.ts';
import { runCheck } from '../check/run-check.ts';
import { failsOn, selectionOf } from '../check/selection.ts';
import { openEphemeral } from '../ephemeral.ts';
import { checkOptions } from '../options/check-options.ts';
import { emulatorOptions } from '../options/common-flags.ts';
import { ask, inOwnWords } from './asking.ts';
import type { CheckReport } from './check-report.ts';
import { refuseMisshapen } from './option-shapes.ts';
import type { CheckOptions } from './options.ts';

export async function checkAsked(options: CheckOptions): Promise<CheckReport> {
  refuseMisshapen(options, ['signal', 'onFinding']);
  const { image, values, surroundings, inWords } = await inOwnWords(() => ask('check', checkOptions, options, ['onFinding']));
  const { signal = new AbortController().signal, engine, labels, onFinding } = options;
  const plan = await inWords(async () => ({
    checks,
    selection: selectionOf(values, checks),
    request: await checkRequest(image, values, surroundings),
    measure: { baseline: await openBaseline(values, surroundings.cwd), fails: failsOn(values['fail-on']) },
  }));
  const asked = await inWords(() => emulatorOptions(values, surroundings));
  await using ephemeral = await openEphemeral({ ...asked, ...(engine !== undefined && { engine }), ...(labels && { labels }) });
  const observer = {
    event() {},
    trial() {},
    begun() {},
    look() {},
    finding: (finding: Parameters<typeof asData>[0]) => onFinding?.(asData(finding)),
  };
  const report = await inWords(() => runCheck(ephemeral, plan, observer, signal));
  return { ...asDocument(report), text: reportText(report) };
}
