import type { ListTrainingJobsRequest, ListTrainingJobsResponse, TrainingJobSummary } from '@aws-sdk/client-sagemaker';
import { listPage } from '../contract/listing.ts';
import { summarizeTraining, type TrainingRecord } from '../jobs/record.ts';

/** A page of ListTrainingJobs. Order: API Reference, ListTrainingJobs, `SortBy` and `SortOrder`. Errors: InvalidRequest for a wrong token. */
export function listTraining(records: readonly TrainingRecord[], request: ListTrainingJobsRequest, now: Date): ListTrainingJobsResponse {
  const { WarmPoolStatusEquals: pool, TrainingPlanArnEquals: plan } = request;
  const listable = records
    .map((record) => ({ record, summary: summarizeTraining(record, now) }))
    .filter(({ summary }) => pool === undefined || summary.WarmPoolStatus?.Status === pool)
    .filter(({ record }) => plan === undefined || record.request.ResourceConfig?.TrainingPlanArn === plan)
    .map(({ summary }) => ({
      name: summary.TrainingJobName ?? '',
      creationTime: summary.CreationTime as Date,
      modifiedTime: summary.LastModifiedTime as Date,
      status: summary.TrainingJobStatus,
      summary,
    }));
  const { items, NextToken } = listPage(listable, request, { sortBy: 'CreationTime', sortOrder: 'Ascending' });
  const TrainingJobSummaries: TrainingJobSummary[] = items.map(({ summary }) => summary);
  return { TrainingJobSummaries, ...(NextToken !== undefined && { NextToken }) };
}
