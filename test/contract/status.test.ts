import assert from 'node:assert/strict';
import type { SecondaryStatus, TrainingJobStatus } from '@aws-sdk/client-sagemaker';
import {
  advanceEndpoint,
  advanceTraining,
  isServing,
  isTrainingOver,
  messagesAfter,
  primaryOf,
  secondaryStatusMessage,
  secondaryStatusMessages,
  stopRefused,
} from '../../src/contract/status.ts';
import { isError } from '../../src/errors.ts';

interface Job {
  readonly status: TrainingJobStatus;
  readonly secondaryStatus: SecondaryStatus;
}
const starting: Job = { status: 'InProgress', secondaryStatus: 'Starting' };
const path = (...steps: readonly SecondaryStatus[]): string => {
  const job = steps.reduce(advanceTraining<Job>, starting);
  return `${job.status}/${job.secondaryStatus}`;
};
const isRefused = (error: unknown): boolean => isError(error, 'InvalidTransition');

describe('a training job', () => {
  it('goes from Starting to its end', () => {
    assert.equal(path('Downloading', 'Training', 'Uploading', 'Completed'), 'Completed/Completed');
    assert.equal(path('Pending', 'Downloading', 'Training', 'Uploading', 'Failed'), 'Failed/Failed');
  });

  it('uploads when it is stopped, and keeps Stopping meanwhile', () => {
    assert.equal(path('Downloading', 'Training', 'Stopping', 'Uploading'), 'Stopping/Uploading');
    assert.equal(path('Downloading', 'Training', 'Stopping', 'Uploading', 'Stopped'), 'Stopped/Stopped');
  });

  it('has nothing to upload when it is stopped before its container runs', () => {
    assert.equal(path('Stopping', 'Stopped'), 'Stopped/Stopped');
    assert.equal(path('Downloading', 'Stopping', 'Stopped'), 'Stopped/Stopped');
  });

  it('ends Stopped when it passes a limit', () => {
    assert.equal(path('Downloading', 'Training', 'Uploading', 'MaxRuntimeExceeded'), 'Stopped/MaxRuntimeExceeded');
    assert.equal(path('Downloading', 'Training', 'Stopping', 'Uploading', 'MaxRuntimeExceeded'), 'Stopped/MaxRuntimeExceeded');
    assert.equal(path('MaxWaitTimeExceeded'), 'Stopped/MaxWaitTimeExceeded');
  });

  it('starts again after an interruption', () => {
    assert.equal(path('Downloading', 'Training', 'Interrupted', 'Starting', 'Downloading'), 'InProgress/Downloading');
    assert.equal(path('Downloading', 'Training', 'Uploading', 'Interrupted', 'Starting'), 'InProgress/Starting');
    assert.equal(path('Downloading', 'Training', 'Interrupted', 'MaxWaitTimeExceeded'), 'Stopped/MaxWaitTimeExceeded');
  });

  it('starts again after a fault of the platform, wherever that was', () => {
    for (const before of [[], ['Downloading'], ['Downloading', 'Training'], ['Downloading', 'Training', 'Uploading']] as const) {
      assert.equal(path(...before, 'Restarting', 'Starting', 'Downloading', 'Training'), 'InProgress/Training');
    }
  });

  it('can fail at any time before its end', () => {
    for (const before of [
      [],
      ['Downloading'],
      ['Downloading', 'Training'],
      ['Stopping'],
      ['Downloading', 'Training', 'Stopping', 'Uploading'],
    ] as const) {
      assert.equal(path(...before, 'Failed'), 'Failed/Failed');
    }
  });

  it('refuses every other way', () => {
    const wrong: readonly (readonly SecondaryStatus[])[] = [
      ['Completed'],
      ['Starting'],
      ['Downloading', 'Training', 'Downloading'],
      ['Downloading', 'Training', 'Completed'],
      ['Downloading', 'Training', 'Stopped'],
      ['Downloading', 'Training', 'Stopping', 'Completed'],
      ['Downloading', 'Training', 'Stopping', 'Training'],
      ['Failed', 'Failed'],
      ['Stopping', 'Stopped', 'Uploading'],
      ['Downloading', 'Training', 'Uploading', 'Completed', 'Stopping'],
    ];
    for (const steps of wrong) assert.throws(() => path(...steps), isRefused, steps.join(' '));
    assert.throws(() => path('Completed'), /The training job cannot go from InProgress\/Starting to Completed\/Completed\./);
  });

  it('keeps everything else of the record, and the record as it was', () => {
    const record = { ...starting, name: 'iris' };
    assert.deepEqual(advanceTraining(record, 'Downloading'), { name: 'iris', status: 'InProgress', secondaryStatus: 'Downloading' });
    assert.equal(record.secondaryStatus, 'Starting');
  });

  it('has a message for every secondary status, in the words of the cloud', () => {
    for (const [status, messages] of Object.entries(secondaryStatusMessages)) assert.ok(messages.length > 0, status);
    assert.equal(secondaryStatusMessage('Training'), 'Training image download completed. Training in progress.');
    assert.equal(secondaryStatusMessage('Starting'), 'Starting the training job');
    assert.equal(secondaryStatusMessage('Stopped'), 'Training job stopped');
  });

  it('has several messages while it starts and while it downloads, in the order of the cloud', () => {
    assert.deepEqual(messagesAfter('Starting', 'Starting the training job'), ['Preparing the instances for training']);
    assert.deepEqual(messagesAfter('Downloading', 'Downloading input data'), ['Downloading the training image']);
    assert.deepEqual(messagesAfter('Downloading', 'Downloading the training image'), []);
    assert.deepEqual(messagesAfter('Downloading', 'words of an older version'), ['Downloading the training image']);
    assert.deepEqual(messagesAfter('Training', 'Training image download completed. Training in progress.'), []);
  });

  it('says what a secondary status means for the primary one', () => {
    assert.equal(primaryOf('Uploading'), 'InProgress');
    assert.equal(primaryOf('Uploading', 'Stopping'), 'Stopping');
    assert.equal(primaryOf('Interrupted'), 'InProgress');
    assert.deepEqual((['InProgress', 'Stopping', 'Completed', 'Failed', 'Stopped'] as const).map(isTrainingOver), [
      false,
      false,
      true,
      true,
      true,
    ]);
    assert.equal(stopRefused('Failed'), 'The request was rejected because the training job is in status Failed.');
  });
});

describe('an endpoint', () => {
  it('goes through its life', () => {
    const endpoint = { status: 'Creating', name: 'e' } as const;
    const steps = ['InService', 'Updating', 'RollingBack', 'UpdateRollbackFailed', 'Deleting'] as const;
    assert.deepEqual(steps.reduce<{ status: (typeof steps)[number] | 'Creating'; name: string }>(advanceEndpoint, endpoint), {
      status: 'Deleting',
      name: 'e',
    });
  });

  it('that failed can only be deleted', () => {
    assert.equal(advanceEndpoint({ status: 'Failed' } as { status: 'Failed' | 'Deleting' }, 'Deleting').status, 'Deleting');
    assert.throws(() => advanceEndpoint<{ status: 'Failed' | 'InService' }>({ status: 'Failed' }, 'InService'), isRefused);
    assert.throws(() => advanceEndpoint<{ status: 'Deleting' | 'InService' }>({ status: 'Deleting' }, 'InService'), isRefused);
  });

  it('answers while it is updated, not while it is created', () => {
    assert.deepEqual((['InService', 'Updating', 'RollingBack'] as const).map(isServing), [true, true, true]);
    assert.deepEqual((['Creating', 'Failed', 'Deleting', 'OutOfService'] as const).map(isServing), [false, false, false, false]);
  });
});
