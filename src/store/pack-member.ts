import { closeSync, constants, fstatSync, lstatSync, openSync, read, readSync, type Stats } from 'node:fs';
import { promisify } from 'node:util';
import type { Pack } from 'tar-stream';
import { fail, type SmLocalError } from '../errors.ts';
import { codeOf, whyOf } from './disk-trouble.ts';
import type { Member } from './members.ts';
import type { Pieces } from './pieces.ts';

/** What a listener throws ends the packing. */
export interface Listener {
  /** Called with what was added: files finished, bytes of content. */
  readonly report: (files: number, bytes: number) => void;
  /** Called when a member is left out, because it is not there any more. */
  readonly gone: (member: Member) => void;
  /** Called when a file gets longer or shorter while it is read; its content is cut, or filled up with zeros. */
  readonly changed: (member: Member) => void;
  /** What the members are, for errors; `A file to archive` when left out. */
  readonly what?: string;
  /** Where the memory for what is read of large files comes from, which whoever reads the stream gives back; new memory when left out. */
  readonly pieces?: Pieces;
}

/** Up to this size a file is read whole and synchronously, at a tenth of the cost of the way through libuv's pool. */
const smallSize = 64 * 1024;
/** Of a large file it is read in pieces of so many bytes. */
export const pieceSize = 1024 * 1024;

const readAsync = promisify(read);

type Header = Parameters<Pack['entry']>[0];

/** Adds one member to the tar stream; settles when the stream has taken it. Errors: InputUnreadable. */
export async function addMember(tar: Pack, member: Member, listener: Listener): Promise<void> {
  if (member.kind === 'directory') return addDirectory(tar, member, listener);
  const file = openFile(member, listener);
  if (file === undefined) return;
  try {
    await (file.stat.size > smallSize ? addLarge : addSmall)(tar, file, listener);
  } finally {
    closeSync(file.descriptor);
  }
}

interface OpenFile {
  readonly member: Member;
  readonly descriptor: number;
  readonly stat: Stats;
}

function openFile(member: Member, listener: Listener): OpenFile | undefined {
  try {
    // Whatever has taken the file's place since the walk is neither followed nor waited for.
    const descriptor = openSync(member.path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    const stat = fstatSync(descriptor);
    if (stat.isFile()) return { member, descriptor, stat };
    closeSync(descriptor);
  } catch (error) {
    if (!['ENOENT', 'ENOTDIR', 'ELOOP', 'ENXIO'].includes(codeOf(error) ?? '')) throw unreadable(member, listener, error);
  }
  listener.gone(member);
  return undefined;
}

async function addDirectory(tar: Pack, member: Member, listener: Listener): Promise<void> {
  const { name, path, mode } = member;
  const stat = mode === undefined ? lstatSync(path, { throwIfNoEntry: false }) : { mode, mtimeMs: Date.now() };
  if (!stat || ('isDirectory' in stat && !stat.isDirectory())) return listener.gone(member);
  await new Entry(tar, { ...headerOf(`${name}/`, stat), type: 'directory' }).taken;
  listener.report(0, 0);
}

async function addSmall(tar: Pack, file: OpenFile, listener: Listener): Promise<void> {
  const { member, stat } = file;
  // One byte more than it should have shows that it grew.
  const buffer = Buffer.allocUnsafe(stat.size + 1);
  const length = readWhole(file, buffer, listener);
  if (length !== stat.size) listener.changed(member);
  const content = buffer.subarray(0, stat.size).subarray(0, length);
  await new Entry(tar, { ...headerOf(member.name, stat, member.mode), type: 'file' }, content).taken;
  listener.report(1, content.length);
}

/** Reads until all that it should have is there or it ends; returns how many bytes there are. */
function readWhole({ member, descriptor, stat }: OpenFile, buffer: Buffer, listener: Listener): number {
  try {
    let length = 0;
    for (let count = -1; count !== 0 && length < stat.size; length += count) {
      count = readSync(descriptor, buffer, length, buffer.length - length, null);
    }
    return length;
  } catch (error) {
    throw unreadable(member, listener, error);
  }
}

/** The header is out before the last byte is read; so, should the file change, its content is cut or filled up to fit the header. */
async function addLarge(tar: Pack, file: OpenFile, listener: Listener): Promise<void> {
  const { member, descriptor, stat } = file;
  const entry = new Entry(tar, { ...headerOf(member.name, stat, member.mode), type: 'file', size: stat.size });
  let isWhole = true;
  for (let left = stat.size; left > 0; ) {
    const piece = isWhole ? await nextPiece(file, left, listener) : Buffer.alloc(Math.min(left, pieceSize));
    if (piece.length === 0) {
      isWhole = false;
      listener.changed(member);
      continue;
    }
    await entry.write(piece);
    left -= piece.length;
    listener.report(0, piece.length);
  }
  if (isWhole && fstatSync(descriptor).size !== stat.size) listener.changed(member);
  await entry.end();
  listener.report(1, 0);
}

async function nextPiece({ member, descriptor }: OpenFile, left: number, listener: Listener): Promise<Buffer> {
  const piece = listener.pieces?.take().subarray(0, left) ?? Buffer.allocUnsafeSlow(Math.min(left, pieceSize));
  try {
    const { bytesRead } = await readAsync(descriptor, piece, 0, piece.length, null);
    return piece.subarray(0, bytesRead);
  } catch (error) {
    throw unreadable(member, listener, error);
  }
}

/** One entry of the tar stream under way. */
class Entry {
  /** Settles when the stream has taken all of it; rejects when the stream is destroyed before. */
  readonly taken: Promise<void>;
  readonly #sink: ReturnType<Pack['entry']>;

  constructor(tar: Pack, header: Header, content?: Buffer) {
    let settle: (error?: Error | null) => void = () => undefined;
    this.taken = new Promise((resolve, reject) => {
      settle = (error) => (error ? reject(error) : resolve());
    });
    // Whoever is waiting hears of it; when a read has failed before, nobody is.
    this.taken.catch(() => undefined);
    this.#sink = content === undefined ? tar.entry(header, settle) : tar.entry(header, content, settle);
    this.#sink.on('error', () => undefined); // `taken` tells of it
  }

  async write(piece: Buffer): Promise<void> {
    if (this.#sink.write(piece)) return;
    await Promise.race([new Promise<void>((resolve) => this.#sink.once('drain', resolve)), this.taken]);
  }

  async end(): Promise<void> {
    this.#sink.end(undefined);
    await this.taken;
  }
}

/** Owner root without a name, so that equal trees give equal archives wherever they are packed. */
const headerOf = (name: string, stat: Pick<Stats, 'mode' | 'mtimeMs'>, mode: number = stat.mode): Header => ({
  name,
  // Without setuid, which an engine's archive API does not bring here either; with the type bits left in, since tar-stream takes a mode of
  // 0 for "none given".
  mode: mode & ~0o7000,
  uid: 0,
  gid: 0,
  // tar-stream writes whole seconds in 31 bits.
  mtime: new Date(Math.min(Math.max(Math.floor(stat.mtimeMs / 1000), 0), 2 ** 31 - 1) * 1000),
});

const unreadable = (member: Member, { what = 'A file to archive' }: Listener, error: unknown): SmLocalError =>
  fail('InputUnreadable', { what, path: member.path, why: whyOf(error) }, error);
