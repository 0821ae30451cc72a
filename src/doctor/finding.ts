import type { Emulator } from '../emulator.ts';

/** What a check found. `untested` is never a pass: it says why it could not be told. */
export type Finding = {
  readonly text: string;
  /** Figures and names for programs; the text has them for people. */
  readonly facts?: Readonly<Record<string, unknown>>;
} & (
  | { readonly state: 'ok' }
  /** `warning`: works, with what it costs; `problem`: something will not work. */
  | { readonly state: 'warning' | 'problem'; readonly remedy: string }
  | { readonly state: 'untested' }
);

/** One thing to look at. */
export interface Check {
  /** A few words, stable. */
  readonly name: string;
  /** Names of checks that must not have found a problem; else this one is not tested. */
  readonly needs?: readonly string[];
  look(on: Patient): Promise<Finding>;
}

/** Whom the doctor looks at. */
export interface Patient {
  readonly emulator: Emulator;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
}

export const ok = (text: string, facts?: Finding['facts']): Finding => ({ state: 'ok', text, ...(facts && { facts }) });

export const warning = (text: string, remedy: string, facts?: Finding['facts']): Finding => ({
  state: 'warning',
  text,
  remedy,
  ...(facts && { facts }),
});

export const problem = (text: string, remedy: string, facts?: Finding['facts']): Finding => ({
  state: 'problem',
  text,
  remedy,
  ...(facts && { facts }),
});

export const untested = (text: string): Finding => ({ state: 'untested', text });
