import { isError } from '../errors.ts';
import { type Area, type Check, type Finding, inapplicable, type Severity, untested } from './check.ts';
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
  const states = new Map<string, Finding['state']>();
  for (const check of needed(checks, selection)) {
    subject.signal.throwIfAborted();
    const since = performance.now();
    onLook(check);
    const finding = await found(check, subject, states);
    states.set(check.name, finding.state);
    if (!isSelected(check, selection)) continue;
    const severity = ('severity' in finding && finding.severity) || check.severity;
    yield { ...finding, check, severity, took: (performance.now() - since) / 1000 };
  }
}

/** Those that are selected, and those that these need, whose findings are not told. */
function needed(checks: readonly Check[], selection: Selection): readonly Check[] {
  const names = new Set<string>();
  const add = (name: string): void => {
    names.add(name);
    for (const need of checks.find((each) => each.name === name)?.needs ?? []) add(need);
  };
  for (const check of checks) if (isSelected(check, selection)) add(check.name);
  return checks.filter(({ name }) => names.has(name));
}

const isSelected = ({ name, area }: Check, { only, skip }: Selection): boolean =>
  (only.length === 0 || only.includes(name) || only.includes(area)) && !skip.includes(name) && !skip.includes(area);

/** Why an area means nothing for this image, if it does. */
async function outOfPart(area: Area, subject: Subject): Promise<Finding | undefined> {
  const why = await subject.whyNot(area);
  return why === undefined ? undefined : inapplicable(why);
}

/** What comes of it, whatever keeps it from being looked at. */
async function found(check: Check, subject: Subject, states: ReadonlyMap<string, Finding['state']>): Promise<Finding> {
  try {
    return (await outOfPart(check.area, subject)) ?? keptBack(check, states) ?? (await check.look(subject));
  } catch (error) {
    subject.signal.throwIfAborted();
    if (!isError(error) || error.blame === 'host' || error.blame === 'us') throw error;
    return untested(error.message, error.remedy); // the image cannot be read, or a trial not be made
  }
}

function keptBack({ needs = [] }: Check, states: ReadonlyMap<string, Finding['state']>): Finding | undefined {
  const broken = needs.find((name) => states.get(name) === 'failed' || states.get(name) === 'untested');
  if (broken !== undefined) return untested(`because of: ${broken}`);
  const without = needs.find((name) => states.get(name) === 'inapplicable');
  return without === undefined ? undefined : inapplicable(`as ${without} does not apply`);
}
