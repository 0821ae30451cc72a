import type { Baseline, KnownFinding } from '../baseline.ts';
import type { Severity } from '../check.ts';
import type { Examined } from '../examine.ts';

/** A finding as it is told. */
export type Told = Examined & {
  /** It stands in the baseline. */
  readonly isKnown: boolean;
  /** It fails the whole check. */
  readonly isFailing: boolean;
};

/** Everything that was found of an image. */
export interface Report {
  readonly image: {
    readonly name: string;
    readonly id: string;
    /** Absolute; of the Dockerfile that it was built from. */
    readonly directory?: string;
  };
  readonly since: Date;
  readonly until: Date;
  readonly findings: readonly Told[];
  /** What the baseline knows and is gone. */
  readonly stale: readonly KnownFinding[];
  /** No finding fails the whole check. */
  readonly isSound: boolean;
}

/** What counts: the baseline, and which severities fail the whole check. */
export interface Measure {
  readonly baseline: Baseline;
  readonly fails: (severity: Severity) => boolean;
}

/** What could not be tested is as bad as what fails: it is never a pass. */
export function measured(finding: Examined, { baseline, fails }: Measure): Told {
  const isKnown = baseline.knows(finding);
  const isFault = finding.state === 'failed' || finding.state === 'untested';
  return { ...finding, isKnown, isFailing: isFault && !isKnown && fails(finding.severity) };
}

export const reported = (of: Pick<Report, 'image' | 'since' | 'until'>, findings: readonly Told[], { baseline }: Measure): Report => ({
  ...of,
  findings,
  stale: baseline.stale(findings),
  isSound: findings.every(({ isFailing }) => !isFailing),
});

/** The page that says why the cloud cares, in the package and in the project. */
export const pageOf = (check: { readonly name: string }): string => `docs/checks/${check.name}.md`;

/** A finding for programs. */
export const asData = ({ check, state, severity, text, facts, took, isKnown, isFailing, ...rest }: Told) => ({
  ...{ check: check.name, area: check.area, proves: check.proves, state, severity, isKnown, isFailing, text },
  ...('remedy' in rest && { remedy: rest.remedy }),
  ...('items' in rest && { items: rest.items }),
  ...('places' in rest && { places: rest.places }),
  ...('evidence' in rest && { evidence: rest.evidence }),
  ...(facts && { facts }),
  ...{ source: check.source, page: pageOf(check), took: Math.round(took * 1000) / 1000 },
});

/** The report for programs. `took`: seconds. */
export const asDocument = ({ image, since, until, findings, stale, isSound }: Report) => ({
  ...{ image, since, took: (until.getTime() - since.getTime()) / 1000, isSound, counts: countsOf(findings) },
  ...{ findings: findings.map(asData), stale },
});

/** How many findings are in each state; failed ones by their severity. */
export function countsOf(
  findings: readonly Told[],
): Readonly<Record<'passed' | 'errors' | 'warnings' | 'notes' | 'untested' | 'known', number>> {
  const count = (isMeant: (finding: Told) => boolean): number => findings.filter(isMeant).length;
  const failed = (severity: Severity): number =>
    count((finding) => finding.state === 'failed' && finding.severity === severity && !finding.isKnown);
  return {
    passed: count(({ state }) => state === 'passed'),
    errors: failed('error'),
    warnings: failed('warning'),
    notes: failed('note'),
    untested: count(({ state, isKnown }) => state === 'untested' && !isKnown),
    known: count(({ isKnown }) => isKnown),
  };
}
