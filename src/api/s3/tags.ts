import type { Texts } from '../../store/objects.ts';
import { refuse } from './errors.ts';
import { childrenOf, textIn, type XmlElement } from './xml-reader.ts';
import { element, elements, type Xml } from './xml-writer.ts';

/** Source: Amazon S3 user guide, "Categorizing your objects using tags". */
const most = 10;
const longestKey = 128;
const longestValue = 256;

/** Of the header `x-amz-tagging`: `a=1&b=2`. Errors: InvalidArgument, InvalidTag. */
export function tagsOfHeader(header: string): Texts {
  try {
    const pairs = header.split('&').filter((pair) => pair !== '');
    return checked(pairs.map((pair) => pair.split('=').map((part) => decodeURIComponent(part.replaceAll('+', ' '))) as [string, string?]));
  } catch (error) {
    if (!(error instanceof URIError)) throw error;
    const message =
      "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name duplicates.";
    throw refuse('InvalidArgument', { ArgumentName: 'x-amz-tagging', ArgumentValue: header }, message);
  }
}

/** Of a `Tagging` document. Errors: MalformedXML, InvalidTag. */
export function tagsOfDocument(tagging: XmlElement): Texts {
  const [set, second] = childrenOf(tagging, 'TagSet');
  if (!set || second) throw refuse('MalformedXML');
  return checked(
    childrenOf(set, 'Tag').map((tag): [string, string?] => {
      const [key, value] = [textIn(tag, 'Key'), textIn(tag, 'Value')];
      if (key === undefined || value === undefined) throw refuse('MalformedXML');
      return [key, value];
    }),
  );
}

export const tagSet = (tags: Texts): Xml =>
  element(
    'TagSet',
    Object.entries(tags).map(([Key, Value]) => element('Tag', [elements({ Key, Value })])),
  );

function checked(pairs: readonly (readonly [key: string, value?: string])[]): Texts {
  if (pairs.length > most) throw refuse('InvalidTag', {}, 'Object tags cannot be greater than 10');
  const tags = new Map<string, string>();
  for (const [key, value = ''] of pairs) {
    if (key === '' || [...key].length > longestKey) throw refuse('InvalidTag', { TagKey: key }, 'The TagKey you have provided is invalid');
    if ([...value].length > longestValue)
      throw refuse('InvalidTag', { TagKey: key, TagValue: value }, 'The TagValue you have provided is invalid');
    if (tags.has(key)) throw refuse('InvalidTag', { TagKey: key }, 'Cannot provide multiple Tags with the same key');
    tags.set(key, value);
  }
  return Object.fromEntries(tags);
}
