import { closeSync, constants, fstatSync, lstatSync, openSync, read, readSync, type Stats } from 'node:fs';
import { promisify } from 'node:util';
import type { Pack } from 'tar-stream';
import { fail, type SmLocalError } from '../errors.ts';
import { codeOf, whyOf } from './disk-trouble.ts';
import type { Member } from './members.ts';

export interface Listener {
  /** Called with what was added: files finished, bytes of content. What it throws ends the packing. */
  readonly report: (files: number, bytes: number) => void;
  readonly warn: (warning: string) => void;
}

/** Up to this size a file is read whole and synchronously, at a tenth of the cost of the way through libuv's pool. */
const smallSize = 64 * 1024;
const pieceSize = 1024 * 1024;

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

function openFile(member: Member, { warn }: Listener): OpenFile | undefined {
  try {
    // Whatever has taken the file's place since the walk is neither followed nor waited for.
    const descriptor = openSync(member.path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    const stat = fstatSync(descriptor);
    if (stat.isFile()) return { member, descriptor, stat };
    closeSync(descriptor);
  } catch (error) {
    if (!['ENOENT', 'ENOTDIR', 'ELOOP', 'ENXIO'].includes(codeOf(error) ?? '')) throw unreadable(member, error);
  }
  warn(`${member.name} was left out: it went away while it was being packed.`);
  return undefined;
}

async function addDirectory(tar: Pack, member: Member, { report, warn }: Listener): Promise<void> {
  const stat = lstatSync(member.path, { throwIfNoEntry: false });
  if (!stat?.isDirectory()) return warn(`${member.name} was left out: it went away while it was being packed.`);
  await new Entry(tar, { ...headerOf(`${member.name}/`, stat), type: 'directory' }).taken;
  report(0, 0);
}

async function addSmall(tar: Pack, { member, descriptor, stat }: OpenFile, { report, warn }: Listener): Promise<void> {
  // One byte more than it should have shows that it grew.
  const buffer = Buffer.allocUnsafe(stat.size + 1);
  const length = readWhole(member, descriptor, buffer, stat.size);
  if (length !== stat.size) warn(`${member.name} changed while it was being packed.`);
  const content = buffer.subarray(0, stat.size).subarray(0, length);
  await new Entry(tar, { ...headerOf(member.name, stat), type: 'file' }, content).taken;
  report(1, content.length);
}

/** Reads until `enough` bytes are there or the file ends; returns how many there are. */
function readWhole(member: Member, descriptor: number, buffer: Buffer, enough: number): number {
  try {
    let length = 0;
    for (let count = -1; count !== 0 && length < enough; length += count) {
      count = readSync(descriptor, buffer, length, buffer.length - length, null);
    }
    return length;
  } catch (error) {
    throw unreadable(member, error);
  }
}

/** The header is out before the last byte is read; so, should the file change, its content is cut or filled up to fit the header. */
async function addLarge(tar: Pack, { member, descriptor, stat }: OpenFile, { report, warn }: Listener): Promise<void> {
  const entry = new Entry(tar, { ...headerOf(member.name, stat), type: 'file', size: stat.size });
  let isWhole = true;
  for (let left = stat.size; left > 0; ) {
    const piece = isWhole ? await nextPiece(member, descriptor, left) : Buffer.alloc(Math.min(left, pieceSize));
    if (piece.length === 0) {
      isWhole = false;
      continue;
    }
    await entry.write(piece);
    left -= piece.length;
    report(0, piece.length);
  }
  if (!isWhole || fstatSync(descriptor).size !== stat.size) warn(`${member.name} changed while it was being packed.`);
  await entry.end();
  report(1, 0);
}

async function nextPiece(member: Member, descriptor: number, left: number): Promise<Buffer> {
  const piece = Buffer.allocUnsafeSlow(Math.min(left, pieceSize));
  try {
    const { bytesRead } = await readAsync(descriptor, piece, 0, piece.length, null);
    return piece.subarray(0, bytesRead);
  } catch (error) {
    throw unreadable(member, error);
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
const headerOf = (name: string, stat: Stats): Header => ({
  name,
  // With the type bits left in, since tar-stream takes a mode of 0 for "none given".
  mode: stat.mode,
  uid: 0,
  gid: 0,
  // tar-stream writes whole seconds in 31 bits.
  mtime: new Date(Math.min(Math.max(Math.floor(stat.mtimeMs / 1000), 0), 2 ** 31 - 1) * 1000),
});

const unreadable = (member: Member, error: unknown): SmLocalError =>
  fail('InputUnreadable', { what: 'A file to archive', path: member.path, why: whyOf(error) }, error);
