import { Readable } from 'node:stream';
import { fail } from '../../../src/errors.ts';
import type { ObjectSource } from '../../../src/jobs/channels/locate.ts';
import { compareUtf8 } from '../../../src/store/utf8-order.ts';

/** A store whose objects are only here; key -> content. As a store elsewhere, or, with `files`, as directories of this machine. */
export function memoryObjects(bucket: string, objects: Readonly<Record<string, string | Buffer>>, files: LocalForm = {}): ObjectSource {
  const check = (name: string): void => {
    if (name !== bucket) throw fail('NoSuchBucket', { bucket: name });
  };
  const contentOf = (key: string): Buffer | undefined => (Object.hasOwn(objects, key) ? Buffer.from(objects[key] ?? '') : undefined);
  const described = (key: string, { length: size }: Buffer) => ({
    key,
    size,
    lastModified: new Date(0),
    etag: '',
    contentType: 'text/plain',
  });
  return {
    async *list(name, { prefix = '' } = {}) {
      check(name);
      for (const key of Object.keys(objects).sort(compareUtf8)) {
        const content = contentOf(key);
        if (content && key.startsWith(prefix)) yield { kind: 'object', ...described(key, content) };
      }
    },
    async head({ bucket: name, key }) {
      check(name);
      const content = contentOf(key);
      return content && described(key, content);
    },
    async get({ bucket: name, key }) {
      check(name);
      const content = contentOf(key);
      if (!content) throw fail('NoSuchKey', { bucket: name, key });
      // In small chunks, as a wire would bring them.
      const chunks = Array.from({ length: Math.ceil(content.length / 1000) }, (_, index) =>
        content.subarray(index * 1000, (index + 1) * 1000),
      );
      return { object: described(key, content), body: Readable.from(chunks) };
    },
    async localFile({ bucket: name, key }) {
      check(name);
      if (!contentOf(key)) throw fail('NoSuchKey', { bucket: name, key });
      return files.file?.(key);
    },
    async localDirectory(_, prefix) {
      return files.directory?.(prefix);
    },
  };
}

/** Where on this machine the objects are. */
export interface LocalForm {
  readonly file?: (key: string) => string;
  readonly directory?: (prefix: string) => string | undefined;
}
