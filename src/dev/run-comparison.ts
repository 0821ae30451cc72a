import { describeTraining, type TrainingRecord } from '../jobs/record.ts';

/** One figure of a run beside that of an earlier one; each absent where there is none. */
export interface Compared {
  readonly name: string;
  readonly value?: number;
  readonly before?: number;
}

export interface RunComparison {
  /** Their last values, in the order in which the run came to them; those that only the earlier run had at the end. */
  readonly metrics: readonly Compared[];
  /** Seconds from the start of the download to the end, and those that the cloud would bill for. */
  readonly seconds: readonly [Compared, Compared];
}

export function compareRuns(run: TrainingRecord, before?: TrainingRecord): RunComparison {
  const valueIn = (record: TrainingRecord | undefined, wanted: string) => record?.metrics.find(({ name }) => name === wanted)?.value;
  const names = new Set([...run.metrics, ...(before?.metrics ?? [])].map(({ name }) => name));
  return {
    metrics: [...names].map((name) => compared(name, valueIn(run, name), valueIn(before, name))),
    seconds: [
      compared('training time', secondsOf(run), before && secondsOf(before)),
      compared('billable time', billableOf(run), before && billableOf(before)),
    ],
  };
}

const compared = (name: string, value: number | undefined, before: number | undefined): Compared => ({
  name,
  ...(value !== undefined && { value }),
  ...(before !== undefined && { before }),
});

function secondsOf({ startTime, endTime }: TrainingRecord): number | undefined {
  return startTime === undefined || endTime === undefined ? undefined : (Date.parse(endTime) - Date.parse(startTime)) / 1000;
}

const billableOf = (record: TrainingRecord): number | undefined => describeTraining(record).BillableTimeInSeconds;
