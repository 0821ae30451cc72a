import { readDocument } from '../body.ts';
import type { Answer, Call } from '../call.ts';
import { refuse, s3ErrorOf } from '../errors.ts';
import { childrenOf, readXml, textIn, type XmlElement } from '../xml-reader.ts';
import { document, element, elements, type Xml } from '../xml-writer.ts';
import { removeIf } from './delete-object.ts';

/** Source: Amazon S3 API reference, DeleteObjects. */
const mostKeys = 1000;

/** Each key has a result of its own. */
export async function deleteObjects(call: Call): Promise<Answer> {
  const { bytes, isProved } = await readDocument(call);
  if (!isProved) throw refuse('InvalidRequest', {}, 'Missing required header for this request: Content-MD5 OR x-amz-checksum-*');
  const wanted = readXml(bytes, 'Delete');
  const objects = childrenOf(wanted, 'Object');
  const quiet = textIn(wanted, 'Quiet') ?? 'false';
  if (objects.length === 0 || objects.length > mostKeys || !['true', 'false'].includes(quiet)) throw refuse('MalformedXML');
  const results: Xml[] = [];
  for (const object of objects) results.push(await removed(call, object, quiet === 'true'));
  return { body: document('DeleteResult', results) };
}

async function removed(call: Call, object: XmlElement, isQuiet: boolean): Promise<Xml> {
  const key = textIn(object, 'Key');
  if (key === undefined || key === '') throw refuse('MalformedXML');
  const version = textIn(object, 'VersionId');
  try {
    if (version !== undefined && version !== 'null') throw refuse('NoSuchVersion');
    await removeIf(call, key, textIn(object, 'ETag'));
    return isQuiet ? '' : element('Deleted', [elements({ Key: key, VersionId: version })]);
  } catch (error) {
    call.signal.throwIfAborted();
    const { code, message } = s3ErrorOf(error);
    return element('Error', [elements({ Key: key, VersionId: version, Code: code, Message: message })]);
  }
}
