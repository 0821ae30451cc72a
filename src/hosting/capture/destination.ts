import { rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { diskTrouble } from '../../store/disk-trouble.ts';
import { makeDirectories } from '../../store/make-directories.ts';
import type { ObjectStore } from '../../store/objects.ts';
import { placeOf } from '../../store/places.ts';

/** Where captured lines go. */
export interface CaptureDestination {
  readonly uri: string;
  /** Writes an object under a relative name; it appears whole. Errors: DiskTrouble and those of the store. */
  write(name: string, content: AsyncIterable<Buffer>): Promise<void>;
}

/**
 * The destination of an address: objects below `s3://bucket/prefix`, or files below a directory. A bucket has to be there, as for the results
 * of jobs. Errors: NoSuchBucket, DiskTrouble, SourceNotSupported, InvalidRequest.
 *
 * @param objects opens the store that s3:// addresses lead to
 * @param temporary a directory of this process, for what is being written
 */
export async function captureDestination(uri: string, objects: () => Promise<ObjectStore>, temporary: string): Promise<CaptureDestination> {
  const place = await placeOf(uri, objects, 'DataCaptureConfig.DestinationS3Uri');
  await place.check();
  if (place.directory !== undefined) await makeDirectories(place.directory); // what cannot be made is better known before anything runs
  const unending = new AbortController().signal;
  return {
    uri: place.uri,
    async write(name, content) {
      const file = join(temporary, basename(name));
      try {
        await writeFile(file, content).catch((error: unknown) => {
          throw diskTrouble('write', file, error);
        });
        await place.put(name, file, 'move', unending);
      } finally {
        await rm(file, { force: true }).catch(() => undefined); // what went wrong first is what counts
      }
    },
  };
}
