import { AssertionError } from 'node:assert';
import { type ComparedAnswer, type Difference, differenceText } from '../compare-answers.ts';

/** A call of a recording that was made again. */
export interface ReplayedCall {
  /** From 0 on, of all that were made. */
  readonly index: number;
  /** Where it stands in the recording. */
  readonly file: string;
  readonly line: number;
  readonly request: ComparedAnswer;
  /** What was recorded; undefined where only requests were. */
  readonly expected: ComparedAnswer | undefined;
}

/** It was answered, but otherwise than before. */
export interface DifferentCall extends ReplayedCall {
  readonly actual: ComparedAnswer;
  readonly differences: readonly Difference[];
}

/** It was answered with an error. */
export interface FailedCall extends ReplayedCall {
  /** InvocationError, or whatever `invoke` threw. */
  readonly error: Error;
}

export interface ReplayCounts {
  /** Calls that were made. */
  readonly total: number;
  /** Answered as recorded. */
  readonly same: number;
  /** Answered, where no answer was recorded that could be compared. */
  readonly uncompared: number;
  /** Lines without a request, which could not be made again. */
  readonly skipped: number;
}

/** What became of the calls of a recording. */
export class ReplayReport implements ReplayCounts {
  readonly total: number;
  readonly same: number;
  readonly uncompared: number;
  readonly skipped: number;
  readonly different: readonly DifferentCall[];
  readonly failed: readonly FailedCall[];

  constructor({ total, same, uncompared, skipped }: ReplayCounts, different: readonly DifferentCall[], failed: readonly FailedCall[]) {
    this.total = total;
    this.same = same;
    this.uncompared = uncompared;
    this.skipped = skipped;
    this.different = different;
    this.failed = failed;
  }

  /** For people; of many calls, and of many differences, the first. */
  text(): string {
    const calls = [...this.different, ...this.failed].sort((one, other) => one.index - other.index);
    const shown = calls.slice(0, mostCalls).map((call) => [`${call.file}:${call.line}`, ...linesOf(call)].join('\n  '));
    const more = calls.length > mostCalls ? [`… and ${calls.length - mostCalls} more calls`] : [];
    return [this.#summary(), ...shown, ...more].join('\n');
  }

  /** That every call was answered as recorded, and that there was one. Errors: AssertionError, with the text. */
  assertSame(): void {
    if (this.different.length === 0 && this.failed.length === 0 && this.same > 0) return;
    const compared = this.different.flatMap(({ file, line, differences }) =>
      differences.map(({ path, expected, actual }) => ({ place: `${file}:${line} ${path}`, expected, actual })),
    );
    const failures = this.failed.map(({ file, line, error }) => ({
      place: `${file}:${line}`,
      expected: 'an answer',
      actual: error.message,
    }));
    const all = [...compared, ...failures];
    throw new AssertionError({
      message: this.same === 0 && all.length === 0 ? `Nothing could be compared. ${this.text()}` : this.text(),
      expected: Object.fromEntries(all.map(({ place, expected }) => [place, expected])),
      actual: Object.fromEntries(all.map(({ place, actual }) => [place, actual])),
      operator: 'assertSame',
    });
  }

  #summary(): string {
    const counts = [
      [this.different.length, 'differed'],
      [this.failed.length, 'failed'],
      [this.uncompared, 'had no recorded answer'],
    ] as const;
    const others = counts.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`);
    const skipped = this.skipped > 0 ? [`Lines without a request: ${this.skipped}.`] : [];
    return [`${this.same} of ${this.total} calls were answered as recorded${others.map((each) => `, ${each}`).join('')}.`, ...skipped].join(
      ' ',
    );
  }
}

function linesOf(call: DifferentCall | FailedCall): readonly string[] {
  if ('error' in call) return [call.error.message];
  const { differences } = call;
  const more = differences.length > mostDifferences ? [`… and ${differences.length - mostDifferences} more differences`] : [];
  return [...differences.slice(0, mostDifferences).map(differenceText), ...more];
}

/** What a text shows. */
const mostCalls = 20;
const mostDifferences = 10;
