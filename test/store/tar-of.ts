import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pack } from 'tar-stream';

type Header = Parameters<ReturnType<typeof pack>['entry']>[0];
export type Entry = Header & { readonly content?: string | Buffer };

/** A tar archive of any members, sound or not. */
export function tarOf(entries: readonly Entry[]): Promise<Buffer> {
  const tar = pack();
  for (const { content, ...header } of entries) {
    if (content === undefined) tar.entry(header);
    else tar.entry(header, content);
  }
  tar.finalize();
  return buffer(Readable.from(tar as AsyncIterable<Buffer>));
}

export const file = (name: string, content: string | Buffer = 'x', more: Partial<Header> = {}): Entry => ({ name, content, ...more });
export const symlinkTo = (name: string, linkname: string): Entry => ({ name, type: 'symlink', linkname });
