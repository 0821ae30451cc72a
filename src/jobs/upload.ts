import { createHash } from 'node:crypto';
import { dirname, join } from 'node:path';
import { fail, reasonOf } from '../errors.ts';
import { localPath } from '../store/location.ts';
import { packDirectories } from '../store/pack.ts';
import { removeEmpty, removeTree } from '../store/temporary.ts';
import type { HostEnd } from './host.ts';
import { modelUri } from './record.ts';
import type { RunningJob } from './running-job.ts';

/**
 * The two archives, as the cloud lays them out: of all hosts together; empty directories give none. What cannot be archived is kept where it
 * is. Errors: ArtifactsNotWritten; the signal's reason.
 */
export async function upload(job: RunningJob, ends: readonly HostEnd[], signal: AbortSignal): Promise<void> {
  const model = localPath(modelUri(job.record.request), 'OutputDataConfig.S3OutputPath');
  const output = join(dirname(model), 'output.tar.gz');
  const { scratch = '' } = job.record.run;
  const pack = (sources: readonly string[], path: string, seenAs: string) =>
    packDirectories(sources, path, { signal, onWarning: (message) => job.warn(message), seenAs, temporary: partOf(path, scratch) });
  const models = ends.map(({ outputs }) => outputs.model);
  const others = ends.map(({ outputs }) => outputs.outputData);
  try {
    if (await pack(models, model, '/opt/ml/model')) job.keepFile('model', model);
    if (await pack(others, output, '/opt/ml/output/data')) job.keepFile('output', output);
  } catch (error) {
    await removeParts([model, output], scratch).catch(() => {}); // what went wrong first is what counts
    if (signal.aborted) throw error;
    const [only, ...more] = ends;
    const collected = only && more.length === 0 ? join(scratch, only.host) : scratch;
    job.keepFile('collected', collected);
    throw fail('ArtifactsNotWritten', { name: job.record.name, why: reasonOf(error).replace(/\.$/, ''), collected }, error);
  }
}

/** What was begun of archives goes, and the directories that were made for nothing. */
async function removeParts(archives: readonly string[], scratch: string): Promise<void> {
  for (const archive of archives) {
    await removeTree(partOf(archive, scratch));
    await removeEmpty(dirname(archive));
    await removeEmpty(dirname(dirname(archive)));
  }
}

/** Where an archive grows: under the same name for whoever goes on with the job, so that no part of one is left. */
const partOf = (archive: string, scratch: string): string =>
  join(dirname(archive), `.sm-local-${createHash('sha256').update(`${scratch} ${archive}`).digest('hex').slice(0, 12)}`);
