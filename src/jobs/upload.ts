import { createHash } from 'node:crypto';
import { lstatSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fail, reasonOf } from '../errors.ts';
import { lateMeter } from '../progress.ts';
import { collectMembers } from '../store/members.ts';
import type { ObjectStore } from '../store/objects.ts';
import { packDirectories } from '../store/pack.ts';
import { type Place, placeOf } from '../store/places.ts';
import { removeEmpty, removeTree } from '../store/temporary.ts';
import type { HostEnd } from './host.ts';
import type { TrainingRecord } from './record.ts';
import type { RunningJob } from './running-job.ts';

/** What hosts leave of one kind, and where it goes. */
interface Artifact {
  readonly kind: 'model' | 'output';
  readonly sources: readonly string[];
  /** The path under which containers knew them. */
  readonly seenAs: string;
}

/**
 * What the hosts have left, as the cloud lays it out: two archives, or with CompressionType NONE the files themselves; of all hosts together.
 * Empty directories give nothing. What cannot be written is kept where it is. Errors: ArtifactsNotWritten; the signal's reason.
 */
export async function upload(
  job: RunningJob,
  ends: readonly HostEnd[],
  objects: () => Promise<ObjectStore>,
  signal: AbortSignal,
): Promise<void> {
  const artifacts: readonly Artifact[] = [
    { kind: 'model', sources: there(ends.map(({ outputs }) => outputs.model)), seenAs: '/opt/ml/model' },
    { kind: 'output', sources: there(ends.map(({ outputs }) => outputs.outputData)), seenAs: '/opt/ml/output/data' },
  ];
  const begun: Archive[] = [];
  try {
    const place = await outputPlace(job.record, objects);
    const isPlain = job.record.request.OutputDataConfig?.CompressionType === 'NONE';
    for (const artifact of artifacts) {
      const written = isPlain ? await putFiles(artifact, place, job, signal) : await putArchive(artifact, place, job, begun, signal);
      if (written?.path !== undefined) job.keepFile(artifact.kind, written.path);
      else if (written) job.keepStored(artifact.kind, written.uri);
    }
  } catch (error) {
    await Promise.all(begun.map(removeParts)).catch(() => {}); // what went wrong first is what counts
    if (signal.aborted) throw error;
    const { scratch = '' } = job.record.run;
    const [only, ...more] = ends;
    const collected = only && more.length === 0 ? join(scratch, only.host) : scratch;
    job.keepFile('collected', collected);
    throw fail('ArtifactsNotWritten', { name: job.record.name, why: reasonOf(error).replace(/\.$/, ''), collected }, error);
  }
}

/** A directory that the program has removed holds nothing. */
const there = (directories: readonly string[]): readonly string[] =>
  directories.filter((directory) => lstatSync(directory, { throwIfNoEntry: false }) !== undefined);

/** `<S3OutputPath>/<job>/output`. Errors: those of `placeOf`. */
export async function outputPlace(
  { request, name }: Pick<TrainingRecord, 'request' | 'name'>,
  objects: () => Promise<ObjectStore>,
): Promise<Place> {
  const place = await placeOf(request.OutputDataConfig?.S3OutputPath ?? '', objects, 'OutputDataConfig.S3OutputPath');
  return place.below(`${name}/output`);
}

/** An archive on its way. */
interface Archive {
  /** Where it is made: where it belongs, if that is a directory, so that no disk needs room for two. */
  readonly path: string;
  /** Where it grows: under the same name for whoever goes on with the job, so that no part of one is left. */
  readonly part: string;
}

/** Where it is now. */
interface Uploaded {
  readonly uri: string;
  /** On this machine, if it is there. */
  readonly path: string | undefined;
}

/** Undefined when there is nothing to put into it. */
async function putArchive(
  { kind, sources, seenAs }: Artifact,
  place: Place,
  job: RunningJob,
  begun: Archive[],
  signal: AbortSignal,
): Promise<Uploaded | undefined> {
  const { scratch = '' } = job.record.run;
  const name = `${kind}.tar.gz`;
  const path = join(place.directory ?? join(scratch, 'upload'), name);
  const archive: Archive = { path, part: partOf(path, scratch) };
  begun.push(archive);
  const meter = lateMeter(`Packing ${name}`, 'bytes', (event) => job.observer.event(event));
  const packed = await packDirectories(sources, path, {
    ...{ signal, seenAs, temporary: archive.part },
    onWarning: (message) => job.warn(message),
    onProgress: ({ bytes }) => meter.update(bytes),
  }).catch((error: unknown) => {
    meter.end('failed');
    throw error;
  });
  meter.end('done');
  if (!packed) return undefined;
  const uri = `${place.uri}/${name}`;
  return { uri, path: place.directory === undefined ? await place.put(name, path, 'move', signal) : path };
}

/** One by one; links become what they point to, as in archives, and directories without files do not exist in S3. */
async function putFiles(
  { kind, sources, seenAs }: Artifact,
  place: Place,
  job: RunningJob,
  signal: AbortSignal,
): Promise<Uploaded | undefined> {
  const members = await collectMembers(sources, { signal, seenAs, onWarning: (message) => job.warn(message) });
  const files = members.filter((member) => member.kind === 'file');
  const into = place.below(plainNames[kind]);
  for (const { name, path } of files) await into.put(name, path, 'copy', signal);
  return files.length === 0 ? undefined : { uri: `${into.uri}/`, path: await into.asDirectory(signal) };
}

/** `model/` is how S3ModelArtifacts is described; `data/` for the rest is inferred from it. */
const plainNames = { model: 'model', output: 'data' } as const;

/** What was begun of archives goes, and the directories that were made for nothing. */
async function removeParts({ path, part }: Archive): Promise<void> {
  await removeTree(part);
  await removeEmpty(dirname(path));
  await removeEmpty(dirname(dirname(path)));
}

const partOf = (archive: string, scratch: string): string =>
  join(dirname(archive), `.sm-local-${createHash('sha256').update(`${scratch} ${archive}`).digest('hex').slice(0, 12)}`);
