import type { asData, asDocument } from '../check/report/report.ts';

/** A finding of a check; docs/check.md says what its members mean. */
export type CheckFinding = ReturnType<typeof asData>;

/** What was found of an image. */
export type CheckReport = ReturnType<typeof asDocument> & {
  /** As the command prints it, without colours. */
  readonly text: string;
};
