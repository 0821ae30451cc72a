import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { packDirectories } from '../store/pack.ts';
import type { HostEnd } from './host.ts';
import { localPath } from './inputs.ts';
import { modelUri } from './record.ts';
import type { RunningJob } from './running-job.ts';

/** The two archives, as the cloud lays them out: of all hosts together; empty directories give none. */
export async function upload(job: RunningJob, ends: readonly HostEnd[], signal: AbortSignal): Promise<void> {
  const modelPath = localPath(modelUri(job.record.request), 'OutputDataConfig.S3OutputPath');
  const outputPath = join(dirname(modelPath), 'output.tar.gz');
  const onWarning = (message: string): void => job.observer.event({ event: 'warning', message });
  await mkdir(dirname(modelPath), { recursive: true });
  const models = ends.map(({ outputs }) => outputs.model);
  const others = ends.map(({ outputs }) => outputs.outputData);
  if (await packDirectories(models, modelPath, { signal, onWarning, seenAs: '/opt/ml/model' })) job.keepFile('model', modelPath);
  if (await packDirectories(others, outputPath, { signal, onWarning, seenAs: '/opt/ml/output/data' })) job.keepFile('output', outputPath);
}
