import { type Readable, Transform } from 'node:stream';
import { type Pack, pack } from 'tar-stream';
import { fail } from '../errors.ts';
import type { Member } from './members.ts';
import { addMember, type Listener } from './pack-member.ts';
import { slices } from './slices.ts';

export interface TarOptions {
  /** What the members are, for errors: `Channel "train"`. */
  readonly what: string;
  readonly signal?: AbortSignal;
  /** Told of the stream's bytes as they are taken. */
  readonly onBytes?: (count: number) => void;
}

/**
 * The members as a tar stream of root's files, read as its reader takes it. Unlike an archive of results, which is better incomplete than
 * not at all, it must be what it says: a file that goes away or changes meanwhile ends it.
 * The stream fails with InputUnreadable, or the signal's reason.
 */
export function tarOf(members: Iterable<Member>, { what, signal, onBytes }: TarOptions): Readable {
  const tar = pack({ highWaterMark: 1024 * 1024 });
  const out = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      onBytes?.(chunk.length);
      done(null, chunk);
    },
  });
  const changed = (why: string) => (member: Member) => {
    throw fail('InputUnreadable', { what, path: member.path, why });
  };
  fill(tar, members, {
    what,
    report: () => signal?.throwIfAborted(),
    gone: changed('it went away while it was being read'),
    changed: changed('it changed while it was being read'),
  }).catch((error) => out.destroy(error));
  const abort = (): void => void out.destroy(signal?.reason);
  signal?.addEventListener('abort', abort, { once: true });
  out.once('close', () => {
    signal?.removeEventListener('abort', abort);
    tar.destroy(); // its reader has had enough, or there is no more
  });
  for (const stream of [tar, out]) stream.on('error', () => {}); // whoever reads `out` hears of it; perhaps nobody has begun to
  if (signal?.aborted) abort();
  return tar.pipe(out);
}

async function fill(tar: Pack, members: Iterable<Member>, listener: Listener): Promise<void> {
  const turn = slices();
  for (const member of members) {
    await turn();
    await addMember(tar, member, listener);
  }
  tar.finalize();
}
