import { isError } from '../errors.ts';
import { type Check, type Finding, inapplicable, type Severity, untested } from './check.ts';
import type { Area } from './request.ts';
import type { Subject } from './subject.ts';

/** A finding with whose it is. */
export type Examined = Finding & {
  readonly check: Check;
  /** Of this finding. */
  readonly severity: Severity;
  /** Seconds that it took, with the trials that were made for it. */
  readonly took: number;
};

/** Which checks are asked for. */
export interface Selection {
  readonly only: readonly string[];
  readonly skip: readonly string[];
}

/** Told before a check is looked at. */
export type OnLook = (check: Check) => void;

/**
 * Looks at everything that is selected, one after the other, so that what is timed has the machine to itself, and yields each finding as it is
 * there. Errors: trouble of the host and of the engine; the signal's reason.
 */
export async function* examine(
  subject: Subject,
  checks: readonly Check[],
  selection: Selection = { only: [], skip: [] },
  onLook: OnLook = () => {},
): AsyncGenerator<Examined> {
  const before = new Map<string, Finding>();
  for (const check of needed(checks, selection)) {
    subject.signal.throwIfAborted();
    const since = performance.now();
    onLook(check);
    const finding = await found(check, subject, before);
    const isTold = isSelected(check, selection);
    before.set(check.name, isTold ? { ...finding, text: '' } : finding);
    if (!isTold) continue;
    const severity = ('severity' in finding && finding.severity) || check.severity;
    yield { ...finding, check, severity, took: (performance.now() - since) / 1000 };
  }
}

/** Those that are selected, and those that these need, whose findings are not told. */
function needed(checks: readonly Check[], selection: Selection): readonly Check[] {
  const names = new Set<string>();
  const add = (name: string): void => {
    names.add(name);
    for (const need of needsOf(checks.find((each) => each.name === name))) add(need);
  };
  for (const check of checks) if (isSelected(check, selection)) add(check.name);
  return checks.filter(({ name }) => names.has(name));
}

/** All that it depends on, in either way. */
export const needsOf = (check: Check | undefined): readonly string[] => [...(check?.needs ?? []), ...(check?.unlessFailed ?? [])];

export const isSelected = ({ name, area }: Check, { only, skip }: Selection): boolean =>
  (only.length === 0 || only.includes(name) || only.includes(area)) && !skip.includes(name) && !skip.includes(area);

/** Why an area means nothing for this image, if it does. */
async function outOfPart(area: Area, subject: Subject): Promise<Finding | undefined> {
  const why = await subject.whyNot(area);
  return why === undefined ? undefined : inapplicable(why);
}

/** What comes of it, whatever keeps it from being looked at. */
async function found(check: Check, subject: Subject, before: ReadonlyMap<string, Finding>): Promise<Finding> {
  try {
    return (await outOfPart(check.area, subject)) ?? keptBack(check, before) ?? (await check.look(subject));
  } catch (error) {
    subject.signal.throwIfAborted();
    if (!isError(error) || error.blame === 'host' || error.blame === 'us') throw error;
    return untested(error.message, error.remedy); // the image cannot be read, or a trial not be made
  }
}

/** `before`: what the checks before it have found, with a text where that is not told. */
function keptBack({ needs = [], unlessFailed = [] }: Check, before: ReadonlyMap<string, Finding>): Finding | undefined {
  const state = (name: string): Finding['state'] | undefined => before.get(name)?.state;
  const broken =
    needs.find((name) => state(name) === 'failed' || state(name) === 'untested') ?? unlessFailed.find((name) => state(name) === 'failed');
  if (broken !== undefined) {
    const text = before.get(broken)?.text;
    return untested(`because of: ${broken}${text ? `: ${text}` : ''}`);
  }
  const without = needs.find((name) => state(name) === 'inapplicable');
  return without === undefined ? undefined : inapplicable(`as ${without} does not apply`);
}
