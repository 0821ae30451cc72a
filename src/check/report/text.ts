import { harmless } from '../../harmless.ts';
import { counted, duration } from '../../units.ts';
import type { Area } from '../request.ts';
import { countsOf, type Report, type Told } from './report.ts';

/** How words are painted. */
export type Paint = Readonly<Record<'bold' | 'dim' | 'green' | 'red' | 'yellow' | 'cyan', (text: string) => string>>;

const asIs = (text: string): string => text;
const plain: Paint = { bold: asIs, dim: asIs, green: asIs, red: asIs, yellow: asIs, cyan: asIs };

/** The whole report as lines, without colours. */
export function reportText(report: Report): string {
  const writer = new ReportWriter();
  return [...report.findings.map((finding) => writer.finding(finding)), writer.conclusion(report)].join('');
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
const textColumn = markWidth + nameWidth + 2;
/** Columns for texts behind the names; where there are fewer, they stand below them, this far in. */
const leastRoom = 30;
const narrowColumn = 4;

/**
 * Findings as lines, one after the other as they come: an area has a title, a finding its mark, its name and what was seen, with the way out below
 * it. What does not apply for one and the same reason is one line.
 */
export class ReportWriter {
  readonly #paint: Paint;
  readonly #room: number | undefined;
  /** Where texts begin. */
  readonly #column: number;
  #area: Area | undefined;
  #held: readonly Told[] = [];

  /** `width`: of the terminal, where there is one. */
  constructor(paint: Paint = plain, width?: number) {
    this.#paint = paint;
    this.#column = width !== undefined && width - textColumn < leastRoom ? narrowColumn : textColumn;
    this.#room = width === undefined ? undefined : Math.max(1, width - this.#column);
  }

  finding(finding: Told): string {
    const [first] = this.#held;
    const isHeld = finding.state === 'inapplicable';
    if (isHeld && first?.text === finding.text && first.check.area === finding.check.area) {
      this.#held = [...this.#held, finding];
      return '';
    }
    const before = this.#released();
    if (!isHeld) return before + this.#lines(finding);
    this.#held = [finding];
    return before;
  }

  conclusion({ findings, stale, since, until, isSound }: Report): string {
    const { green, yellow, red } = this.#paint;
    const { errors, warnings, notes, untested, known } = countsOf(findings);
    const parts = [
      ...(errors > 0 ? [counted(errors, 'error')] : []),
      ...(warnings > 0 ? [counted(warnings, 'warning')] : []),
      ...(notes > 0 ? [counted(notes, 'note')] : []),
      ...(untested > 0 ? [`${untested} not tested`] : []),
    ];
    const took = duration((until.getTime() - since.getTime()) / 1000);
    const made = findings.filter(({ state }) => state !== 'inapplicable').length;
    const head = parts.length === 0 ? green('No finding') : (isSound ? yellow : red)(parts.join(', '));
    const gone = stale.map(({ check }) => `The baseline knows ${check}, which is not found any more: take it out.\n`).join('');
    return `${this.#released()}\n${head}${known > 0 ? `, ${known} known` : ''}: ${counted(made, 'check')} in ${took}.\n${gone}`;
  }

  /** The line of those that do not apply for one reason. */
  #released(): string {
    const { dim } = this.#paint;
    const [first, ...others] = this.#held;
    this.#held = [];
    if (!first) return '';
    const text = others.length === 0 ? first.text : `and ${others.length} more: ${first.text}`;
    return this.#title(first) + this.#line(dim('-'.padEnd(markWidth)), dim(first.check.name.padEnd(nameWidth)), text, dim);
  }

  #lines(finding: Told): string {
    const { dim } = this.#paint;
    const { check, text, state, isKnown } = finding;
    const head = this.#title(finding) + this.#line(this.#mark(finding), check.name.padEnd(nameWidth), text, isKnown ? dim : asIs);
    if (state === 'passed' || isKnown) return head;
    const places = state === 'failed' ? (finding.places ?? []).map(({ file, line }) => `${file}:${line}`) : [];
    const below = [
      ...('evidence' in finding ? (finding.evidence ?? []) : []).map((line) => `| ${harmless(line)}`),
      ...(places.length > 0 ? [`at ${places.join(', ')}`] : []),
      ...('remedy' in finding && finding.remedy ? this.#broken(`→ ${finding.remedy}`) : []),
      ...(state === 'failed' ? [`  ${check.source.title}; sm-local check --explain ${check.name}`] : []),
    ];
    return head + below.map((line) => `${' '.repeat(this.#column)}${dim(line)}\n`).join('');
  }

  #title({ check }: Told): string {
    if (check.area === this.#area) return '';
    const isFirst = this.#area === undefined;
    this.#area = check.area;
    return `${isFirst ? '' : '\n'}${this.#paint.bold(titles[check.area])}\n`;
  }

  #mark({ state, severity, isKnown }: Told): string {
    const { dim, green, red, yellow, cyan } = this.#paint;
    if (state === 'passed') return green('ok'.padEnd(markWidth));
    if (isKnown) return dim('known'.padEnd(markWidth));
    if (state === 'untested') return (severity === 'error' ? red : yellow)('not tested'.padEnd(markWidth));
    return { error: red, warning: yellow, note: cyan }[severity](severity.padEnd(markWidth));
  }

  #line(mark: string, name: string, text: string, paint: (text: string) => string): string {
    const lines = this.#broken(text);
    const below = (some: readonly string[]): string => some.map((line) => `${' '.repeat(this.#column)}${paint(line)}\n`).join('');
    if (this.#column < textColumn) return `${mark} ${name.trimEnd()}\n${below(lines)}`;
    return `${mark} ${name} ${paint(lines[0] ?? '')}\n${below(lines.slice(1))}`;
  }

  /** In lines that the terminal has room for. */
  #broken(text: string): readonly string[] {
    const room = this.#room;
    return harmless(text)
      .split('\n')
      .flatMap((line) => (room === undefined ? [line] : words(line, room)));
  }
}

function words(text: string, room: number): readonly string[] {
  const lines = [''];
  for (const word of text.split(' ')) {
    const last = lines.at(-1) ?? '';
    if (last === '') lines[lines.length - 1] = word;
    else if (last.length + 1 + word.length <= room) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
