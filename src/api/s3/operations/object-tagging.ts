import { readDocument } from '../body.ts';
import { type Answer, addressOf, type Call } from '../call.ts';
import { refuse } from '../errors.ts';
import { tagSet, tagsOfDocument } from '../tags.ts';
import { readXml } from '../xml-reader.ts';
import { document } from '../xml-writer.ts';

export async function getObjectTagging(call: Call): Promise<Answer> {
  const object = await call.objects.head(addressOf(call), call.signal);
  if (!object) throw refuse('NoSuchKey', { Key: call.key });
  return { body: document('Tagging', [tagSet(object.tags ?? {})]) };
}

export async function putObjectTagging(call: Call): Promise<Answer> {
  const { bytes } = await readDocument(call);
  await call.objects.setTags(addressOf(call), tagsOfDocument(readXml(bytes, 'Tagging')), call.signal);
  return {};
}

export async function deleteObjectTagging(call: Call): Promise<Answer> {
  await call.objects.setTags(addressOf(call), {}, call.signal);
  return { status: 204 };
}
