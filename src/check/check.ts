import type { Area } from './request.ts';
import type { Subject } from './subject.ts';

/** How much a failed check matters: `error`, the cloud refuses or breaks it; `warning`, it will bite some day; `note`, worth knowing. */
export type Severity = (typeof severities)[number];

/** The worst first. */
export const severities = ['error', 'warning', 'note'] as const;

export const isWorse = (severity: Severity, than: Severity): boolean => severities.indexOf(severity) < severities.indexOf(than);

/** Where the rule stands. */
export interface Source {
  /** Title of the page, or what was observed where AWS says nothing. */
  readonly title: string;
  readonly url?: string;
}

/** A line of a file that a finding is about; relative to the directory that is checked. */
export interface Place {
  readonly file: string;
  readonly line: number;
}

/** What a check found. */
export type Finding = {
  /** A sentence or two: what was seen, with its figures. */
  readonly text: string;
  /** Figures for programs; the text has them for people. */
  readonly facts?: Readonly<Record<string, unknown>>;
} & (
  | { readonly state: 'passed' }
  | ({ readonly state: 'failed' } & Failure)
  /** Never a pass: it says why it could not be told, and where there is one the way out. `severity`: that of the check by default. */
  | {
      readonly state: 'untested';
      readonly remedy?: string;
      readonly severity?: Severity;
      readonly evidence?: readonly string[];
    }
  /** Means nothing for this image. */
  | { readonly state: 'inapplicable' }
);

export interface Failure {
  /** What to do. */
  readonly remedy: string;
  /** Where the same check finds a lesser fault than its worst; that of the check by default. */
  readonly severity?: Severity;
  /** What it was found on, when that can be several: paths, names of variables. A baseline knows findings by them. */
  readonly items?: readonly string[];
  readonly places?: readonly Place[];
  /** The last lines of the container, or an answer's beginning. */
  readonly evidence?: readonly string[];
}

/** One thing to look at. */
export interface Check {
  /** Stable: names the file of the check, its page `docs/checks/<name>.md` and its fixture `fixtures/checks/<name>`. */
  readonly name: string;
  readonly area: Area;
  /** A claim about the image that holds when the check passes, as a sentence without a full stop. */
  readonly proves: string;
  readonly severity: Severity;
  /** Names of checks that must have passed; else this one is not tested. They stand before it in the list. */
  readonly needs?: readonly string[];
  /** Names of checks that must not have failed; where they could not be tested, this one is made all the same. They stand before it as well. */
  readonly unlessFailed?: readonly string[];
  readonly source: Source;
  /** Errors: trouble of the host or the engine; what the image does wrong is a finding. */
  look(on: Subject): Promise<Finding>;
}

type Facts = Finding['facts'];
const withFacts = (facts: Facts): { readonly facts?: NonNullable<Facts> } => (facts ? { facts } : {});

export const passed = (text: string, facts?: Facts): Finding => ({ state: 'passed', text, ...withFacts(facts) });

export const failed = (text: string, failure: Failure | string, facts?: Facts): Finding => ({
  ...{ state: 'failed', text },
  ...(typeof failure === 'string' ? { remedy: failure } : failure),
  ...withFacts(facts),
});

export const untested = (text: string, remedy?: string, evidence?: readonly string[]): Finding => ({
  ...{ state: 'untested', text },
  ...(remedy !== undefined && { remedy }),
  ...(evidence && evidence.length > 0 && { evidence }),
});

/** Not tested for a reason that lies around the image and not in it, which is not to blame: the engine, a machine that is busy, too little time. */
export const untestedHere = (text: string, remedy?: string): Finding => ({
  ...{ state: 'untested', text, severity: 'note' },
  ...(remedy !== undefined && { remedy }),
});

export const inapplicable = (text: string): Finding => ({ state: 'inapplicable', text });
