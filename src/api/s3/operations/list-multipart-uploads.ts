import type { Upload } from '../../../store/uploads.ts';
import { compareUtf8 } from '../../../store/utf8-order.ts';
import { ownerElement } from '../access.ts';
import type { Answer, Call } from '../call.ts';
import { shown } from '../checksums.ts';
import { encoderOf, limitOf } from '../listing.ts';
import { document, element, elements, type Xml } from '../xml-writer.ts';

/** Uploads, and groups of them, in the order of their keys. */
type Entry = { readonly key: string; readonly upload?: Upload };

export async function listMultipartUploads(call: Call): Promise<Answer> {
  const { uploads, bucket, query, caller } = call;
  const [prefix = '', delimiter = '', keyMarker = '', idMarker = ''] = ['prefix', 'delimiter', 'key-marker', 'upload-id-marker'].map(
    (name) => query.get(name),
  );
  const limit = limitOf(query, 'max-uploads');
  const encoded = encoderOf(query);
  const all = (await uploads.list(bucket)).filter(({ key }) => key.startsWith(prefix));
  const rest = afterMarker(grouped(all, prefix, delimiter), keyMarker, idMarker);
  const page = rest.slice(0, limit);
  const isTruncated = rest.length > page.length && page.length > 0;
  const last = page.at(-1);
  return {
    body: document('ListMultipartUploadsResult', [
      elements({ Bucket: bucket, KeyMarker: encoded(keyMarker), UploadIdMarker: idMarker }),
      element('NextKeyMarker', isTruncated && last ? encoded(last.key) : undefined),
      element('NextUploadIdMarker', isTruncated ? last?.upload?.id : undefined),
      elements({ Delimiter: delimiter === '' ? undefined : encoded(delimiter), Prefix: encoded(prefix) }),
      elements({ MaxUploads: limit, IsTruncated: isTruncated, EncodingType: query.get('encoding-type') || undefined }),
      ...page.map((entry) => entryElement(entry, encoded, caller.account)),
    ]),
  };
}

function grouped(uploads: readonly Upload[], prefix: string, delimiter: string): Entry[] {
  const groups = new Set<string>();
  return uploads.flatMap((upload): Entry[] => {
    const end = delimiter === '' ? -1 : upload.key.indexOf(delimiter, prefix.length);
    if (end < 0) return [{ key: upload.key, upload }];
    const key = upload.key.slice(0, end + delimiter.length);
    if (groups.has(key)) return [];
    groups.add(key);
    return [{ key }];
  });
}

/** Without the id of an upload, after all of that key. */
function afterMarker(entries: readonly Entry[], key: string, id: string): readonly Entry[] {
  if (key === '') return entries;
  const at = id === '' ? -1 : entries.findIndex(({ upload }) => upload?.key === key && upload.id === id);
  return at >= 0 ? entries.slice(at + 1) : entries.filter((entry) => compareUtf8(entry.key, key) > 0);
}

function entryElement({ key, upload }: Entry, encoded: (text: string) => string, account: string): Xml {
  if (!upload) return element('CommonPrefixes', [element('Prefix', encoded(key))]);
  const { id, initiated, attributes, checksum } = upload;
  return element('Upload', [
    elements({ Key: encoded(key), UploadId: id }),
    ownerElement(account, 'Initiator'),
    ownerElement(account),
    elements({ StorageClass: attributes.storageClass ?? 'STANDARD', Initiated: initiated }),
    elements({ ChecksumAlgorithm: checksum && shown(checksum.algorithm), ChecksumType: checksum?.type }),
  ]);
}
