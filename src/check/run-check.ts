import type { Ephemeral } from '../ephemeral.ts';
import type { Check } from './check.ts';
import { examine, type Selection } from './examine.ts';
import { openSubject, type SubjectObserver } from './open-subject.ts';
import { type Measure, measured, type Report, reported, type Told } from './report/report.ts';
import type { CheckRequest } from './request.ts';

/** What of an image is looked at, and what counts. */
export interface CheckPlan {
  readonly request: CheckRequest;
  readonly checks: readonly Check[];
  readonly selection: Selection;
  readonly measure: Measure;
}

export interface CheckObserver extends SubjectObserver {
  /** The image is there, and is being looked at. */
  begun(): void;
  /** Before a check is made. */
  look(check: Check): void;
  finding(finding: Told): Promise<void> | void;
}

/**
 * Finds or builds the image, makes every selected check, and tells each finding as it is there. Nothing is left when this returns or throws.
 * Errors: those of `openSubject` and of `examine`.
 */
export async function runCheck(
  ephemeral: Ephemeral,
  { request, checks, selection, measure }: CheckPlan,
  observer: CheckObserver,
  signal: AbortSignal,
): Promise<Report> {
  const { now } = ephemeral.emulator;
  const since = now();
  await using subject = await openSubject(ephemeral, request, observer, signal);
  observer.begun();
  const findings: Told[] = [];
  for await (const finding of examine(subject, checks, selection, observer.look)) {
    const told = measured(finding, measure);
    findings.push(told);
    await observer.finding(told);
  }
  const { imageName: name, source } = request;
  const image = { name, id: subject.image.id, ...(source.kind === 'directory' && { directory: source.path }) };
  return reported({ image, since, until: now() }, findings, measure);
}
