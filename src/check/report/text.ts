import { counted, duration } from '../../units.ts';
import type { Area } from '../check.ts';
import { countsOf, type Report, type Told } from './report.ts';

/** How words are painted. */
export type Paint = Readonly<Record<'bold' | 'dim' | 'green' | 'red' | 'yellow' | 'cyan', (text: string) => string>>;

const asIs = (text: string): string => text;
const plain: Paint = { bold: asIs, dim: asIs, green: asIs, red: asIs, yellow: asIs, cyan: asIs };

/** The whole report as lines, without colours. */
export function reportText(report: Report): string {
  const write = reportWriter();
  return [...report.findings.map(write.finding), write.conclusion(report)].join('');
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
export function reportWriter({ bold, dim, green, red, yellow, cyan }: Paint = plain) {
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
      const why = state === 'failed' ? below(dim(`  ${check.source.title}; sm-local check --explain ${check.name}`)) : '';
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
