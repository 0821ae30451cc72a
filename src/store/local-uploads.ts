import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fail, isError } from '../errors.ts';
import { appendFiles } from './append-files.ts';
import { createAtomically, writeAtomically } from './atomic.ts';
import type { DigestName } from './body/digests.ts';
import { writeBody } from './body/write-body.ts';
import { codeOf, diskTrouble, isSystemError } from './disk-trouble.ts';
import type { Home } from './home.ts';
import { namesIn } from './names-in.ts';
import type { ObjectAddress } from './objects.ts';
import { removeEmpty, removeTree } from './temporary.ts';
import type { AssembledFile, NewUpload, PutPartOptions, Upload, UploadedPart, Uploads } from './uploads.ts';
import { compareUtf8 } from './utf8-order.ts';

/** A part as it is kept: in `<number>.json` beside the file that has its content. */
interface KeptPart extends Omit<UploadedPart, 'number' | 'lastModified'> {
  readonly file: string;
  /** ISO 8601. */
  readonly at: string;
}

/** Milliseconds. AWS keeps uploads until somebody ends them; on one's own disk that would be for ever. */
const longestPause = 7 * 24 * 3_600_000;

/**
 * Uploads as directories below home, `uploads/<bucket>/<id>/`: `upload.json`, and for each part a record and a file. The record's rename makes
 * the file the part, so that every call may be answered by another process than the one before.
 */
export class LocalUploads implements Uploads {
  readonly #home: Pick<Home, 'uploads'>;

  constructor(home: Pick<Home, 'uploads'>) {
    this.#home = home;
  }

  async create(wanted: NewUpload): Promise<Upload> {
    const upload = { ...wanted, id: randomBytes(24).toString('base64url'), initiated: new Date() };
    const directory = this.#directory(upload);
    await atDisk(directory, upload, async () => {
      await mkdir(directory, { recursive: true, mode: 0o700 });
      await createAtomically(join(directory, recordName), JSON.stringify(upload), { isDurable: false });
    });
    return upload;
  }

  async find({ bucket, key }: ObjectAddress, id: string): Promise<Upload> {
    const upload = isId.test(id) ? await this.#read(bucket, id) : undefined;
    if (upload?.key !== key) throw fail('NoSuchUpload', { id });
    return upload;
  }

  async list(bucket: string): Promise<readonly Upload[]> {
    const ids = (await namesIn(join(this.#home.uploads, bucket))).filter((name) => isId.test(name));
    const uploads = await Promise.all(ids.map((id) => this.#read(bucket, id)));
    return uploads
      .flatMap((upload) => upload ?? [])
      .sort((one, other) => compareUtf8(one.key, other.key) || one.initiated.getTime() - other.initiated.getTime());
  }

  async putPart(
    upload: Upload,
    number: number,
    body: AsyncIterable<Uint8Array>,
    { digests = [], checksums: check, signal }: PutPartOptions = {},
  ): Promise<UploadedPart> {
    const directory = this.#directory(upload);
    const file = `${number}.${randomBytes(6).toString('hex')}`;
    const path = join(directory, file);
    let isKept = false;
    try {
      const written = await writeBody(path, body, { digests: [...new Set<DigestName>(['md5', ...digests])], signal });
      const checksums = check?.(written);
      const part = { size: written.size, etag: written.digests.get('md5')?.toString('hex') ?? '', ...(checksums && { checksums }) };
      const before = await this.#part(upload, number);
      const lastModified = new Date();
      const kept: KeptPart = { ...part, file, at: lastModified.toISOString() };
      await writeAtomically(join(directory, `${number}${partSuffix}`), JSON.stringify(kept), { isDurable: false });
      isKept = true;
      if (before) await rm(join(directory, before.file), { force: true });
      return { ...part, number, lastModified };
    } catch (error) {
      throw troubleOf(error, directory, upload);
    } finally {
      if (!isKept) await rm(path, { force: true });
    }
  }

  async parts(upload: Upload): Promise<readonly UploadedPart[]> {
    const names = await namesIn(this.#directory(upload));
    if (!names.includes(recordName)) throw fail('NoSuchUpload', { id: upload.id });
    const numbers = names.flatMap((name) => (isPart.test(name) ? Number.parseInt(name, 10) : [])).sort((one, other) => one - other);
    const parts = await Promise.all(numbers.map((number) => this.#part(upload, number)));
    return parts.flatMap((kept, index) => {
      if (!kept) return [];
      const { file: _file, at, ...part } = kept;
      return { ...part, number: numbers[index] ?? 0, lastModified: new Date(at) };
    });
  }

  async assemble(upload: Upload, parts: readonly UploadedPart[], signal?: AbortSignal): Promise<AssembledFile> {
    const directory = this.#directory(upload);
    const files: string[] = [];
    for (const { number, etag } of parts) {
      const kept = await this.#part(upload, number);
      // Replaced in this moment by another one: who puts a part and ends the upload at once has no claim to either.
      if (kept?.etag !== etag) throw fail('NoSuchUpload', { id: upload.id });
      files.push(join(directory, kept.file));
    }
    const [first, ...others] = files;
    if (first !== undefined && others.length === 0) return { path: first, async [Symbol.asyncDispose]() {} };
    const path = join(directory, `whole.${randomBytes(6).toString('hex')}`);
    const whole = { path, [Symbol.asyncDispose]: () => rm(path, { force: true }) };
    try {
      await appendFiles(path, files, signal);
    } catch (error) {
      await whole[Symbol.asyncDispose]();
      throw troubleOf(error, directory, upload);
    }
    return whole;
  }

  /** In one step first, so that nobody finds half of it. */
  async remove(upload: Upload): Promise<void> {
    const directory = this.#directory(upload);
    const going = `${directory}${goingSuffix}`;
    await atDisk(directory, upload, () => rename(directory, going));
    await removeTree(going);
    await removeEmpty(join(this.#home.uploads, upload.bucket));
  }

  async removeAll(bucket: string): Promise<void> {
    await removeTree(join(this.#home.uploads, bucket));
  }

  async sweep(): Promise<void> {
    for (const bucket of await namesIn(this.#home.uploads)) {
      const directory = join(this.#home.uploads, bucket);
      for (const name of await namesIn(directory)) {
        // Of what is added, the directory tells the time.
        const { mtimeMs = Date.now() } = (await stat(join(directory, name)).catch(() => undefined)) ?? {};
        if (name.endsWith(goingSuffix) || mtimeMs < Date.now() - longestPause) await removeTree(join(directory, name));
      }
      await removeEmpty(directory);
    }
  }

  async #read(bucket: string, id: string): Promise<Upload | undefined> {
    const kept = await readJson<Upload>(join(this.#home.uploads, bucket, id, recordName));
    return kept && { ...kept, initiated: new Date(kept.initiated) };
  }

  #part(upload: Upload, number: number): Promise<KeptPart | undefined> {
    return readJson<KeptPart>(join(this.#directory(upload), `${number}${partSuffix}`));
  }

  #directory({ bucket, id }: Pick<Upload, 'bucket' | 'id'>): string {
    return join(this.#home.uploads, bucket, id);
  }
}

const recordName = 'upload.json';
const partSuffix = '.json';
const goingSuffix = '.going';
const isPart = /^\d+\.json$/;
const isId = /^[\w-]{16,64}$/;

async function readJson<T>(path: string): Promise<T | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return undefined;
    throw diskTrouble('read', path, error);
  }
  try {
    return JSON.parse(text) as T;
  } catch (error) {
    throw diskTrouble('read', path, error);
  }
}

async function atDisk<T>(path: string, upload: Pick<Upload, 'id'>, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw troubleOf(error, path, upload);
  }
}

/** Where something of it is missing, somebody has ended the upload meanwhile. */
function troubleOf(error: unknown, path: string, { id }: Pick<Upload, 'id'>): unknown {
  const cause = isError(error, 'DiskTrouble') ? error.cause : error;
  if (codeOf(cause) === 'ENOENT') return fail('NoSuchUpload', { id }, error);
  return isSystemError(error) ? diskTrouble('write to', path, error) : error;
}
