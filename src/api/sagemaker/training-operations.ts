import { addTags } from './add-tags.ts';
import { createTrainingJob } from './create-training-job.ts';
import { deleteTags } from './delete-tags.ts';
import { deleteTrainingJob } from './delete-training-job.ts';
import { describeTrainingJob } from './describe-training-job.ts';
import { listTags } from './list-tags.ts';
import { listTrainingJobs } from './list-training-jobs.ts';
import { stopTrainingJob } from './stop-training-job.ts';
import { updateTrainingJob } from './update-training-job.ts';

/** Operation -> what answers it: training jobs, and the tags of everything. */
export const trainingOperations = {
  CreateTrainingJob: createTrainingJob,
  DescribeTrainingJob: describeTrainingJob,
  ListTrainingJobs: listTrainingJobs,
  StopTrainingJob: stopTrainingJob,
  UpdateTrainingJob: updateTrainingJob,
  DeleteTrainingJob: deleteTrainingJob,
  AddTags: addTags,
  ListTags: listTags,
  DeleteTags: deleteTags,
} as const;
