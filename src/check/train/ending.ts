import { type Finding, failed, untested } from '../check.ts';
import type { TrainingTrial } from '../evidence/training-trial.ts';

/** How a trial ended, as a sentence goes on behind "the job": `ended with exit code 3`. */
export function ending({ cut, exit, took, failureReason }: TrainingTrial): string {
  if (cut === 'limit') return `did not end within ${Math.floor(took)} s`;
  if (exit === undefined) return `failed before its program could end${failureReason === undefined ? '' : `: ${failureReason}`}`;
  if (exit.oomKilled) return 'was killed because the machine ran out of memory';
  return `ended with exit code ${exit.code}`;
}

/** For whom the cloud's own words say more. */
export const inTheCloud = ({ failureReason }: TrainingTrial): string =>
  failureReason === undefined ? '' : ` In the cloud its FailureReason is "${failureReason.replace(/\s+/g, ' ').trim()}".`;

/** What a text begins with: the rest of it is often a trace of calls. */
export const firstLine = (text: string): string => (text.trim().split(/\r?\n/)[0] ?? '').slice(0, 200);

/** A trial that took too long says nothing. */
export const tooLong = (limit: number, trial: TrainingTrial): Finding =>
  untested(`It did not end within ${limit} s.`, 'Give it less data, or more time: --max-run 10m.', trial.lastLines);

/** What does not matter to the job that succeeds ended this one. */
export const endedBy = (text: string, remedy: string, trial: TrainingTrial): Finding =>
  failed(`${text} ${inTheCloud(trial).trim()}`.trim(), { remedy, evidence: trial.lastLines }, factsOf(trial));

export const factsOf = ({ exit, took, failureReason }: TrainingTrial) => ({
  exitCode: exit?.code ?? null,
  seconds: Math.round(took * 1000) / 1000,
  ...(failureReason !== undefined && { failureReason }),
});
