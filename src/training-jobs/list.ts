import type { ListTrainingJobsRequest, ListTrainingJobsResponse } from '@aws-sdk/client-sagemaker';
import { listPage } from '../contract/listing.ts';
import { modifiedTimeOf, summarizeTraining, type TrainingRecord } from '../jobs/record.ts';

/** A page of ListTrainingJobs. Order: API Reference, ListTrainingJobs, `SortBy` and `SortOrder`. Errors: InvalidRequest for a wrong token. */
export function listTraining(records: readonly TrainingRecord[], request: ListTrainingJobsRequest, now: Date): ListTrainingJobsResponse {
  const { WarmPoolStatusEquals: pool, TrainingPlanArnEquals: plan } = request;
  const listable = records
    .filter((record) => pool === undefined || summarizeTraining(record, now).WarmPoolStatus?.Status === pool)
    .filter((record) => plan === undefined || record.request.ResourceConfig?.TrainingPlanArn === plan)
    .map((record) => ({
      name: record.name,
      creationTime: new Date(record.creationTime),
      modifiedTime: modifiedTimeOf(record),
      status: record.status,
      record,
    }));
  const { items, NextToken } = listPage(listable, request, { sortBy: 'CreationTime', sortOrder: 'Ascending' });
  const TrainingJobSummaries = items.map(({ record }) => summarizeTraining(record, now));
  return { TrainingJobSummaries, ...(NextToken !== undefined && { NextToken }) };
}
