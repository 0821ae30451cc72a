import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { TrainingResult } from '../../src/index.ts';
import { Scope } from '../../src/scope.ts';
import { SageMakerTrainingResult } from '../../src/testcontainers/index.ts';
import { failure } from '../support/failure.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

describe('SageMakerTrainingResult', () => {
  const resultWith = (model: string | undefined): SageMakerTrainingResult => {
    const told = {
      name: 'job',
      status: 'Completed',
      metrics: [],
      warnings: [],
      files: { logs: {}, ...(model !== undefined && { model }) },
    };
    return new SageMakerTrainingResult(told as Partial<TrainingResult> as TrainingResult, () => Readable.from([]), new Scope());
  };

  it('tells with a code that there is no model to unpack, or no room for it', async () => {
    await using directory = await temporaryDirectory();
    const there = join(directory.path, 'there');
    await assert.rejects(
      resultWith(undefined).extractModel(there),
      failure('InvalidRequest', /The training job job \(Completed\) has no model/),
    );
    const model = join(directory.path, 'model');
    await mkdir(model);
    await writeFile(join(model, 'weights'), '12345');
    await writeFile(there, 'a file');
    await assert.rejects(resultWith(model).extractModel(there), failure('DiskTrouble', /there/));
    await assert.rejects(resultWith(model).modelFiles({ limitBytes: 4 }), failure('ModelArchiveTooLarge', /4 bytes/));
  });
});
