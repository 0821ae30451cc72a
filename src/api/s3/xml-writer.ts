import { types } from 'node:util';

/** An element as text. */
export type Xml = string;

/** Text is escaped; a list holds elements; nothing of it is written when the content is undefined. */
export type Content = string | number | boolean | Date | readonly Xml[] | undefined;

export function element(name: string, content: Content, attributes = ''): Xml {
  if (content === undefined) return '';
  return `<${name}${attributes}>${isList(content) ? content.join('') : textOf(content)}</${name}>`;
}

/** `{ Key: 'a', Size: 1 }` as elements, in this order. */
export const elements = (contents: Readonly<Record<string, Content>>): Xml =>
  Object.entries(contents)
    .map(([name, content]) => element(name, content))
    .join('');

/** A whole document of S3's. */
export const document = (root: string, content: readonly Xml[]): string =>
  `${declaration}${element(root, content, ' xmlns="http://s3.amazonaws.com/doc/2006-03-01/"')}`;

/** Errors have no namespace. */
export const errorDocument = (content: readonly Xml[]): string => `${declaration}${element('Error', content)}`;

/** Every document begins with it. */
export const declaration = '<?xml version="1.0" encoding="UTF-8"?>\n';

const isList = (content: Exclude<Content, undefined>): content is readonly Xml[] => Array.isArray(content);

const textOf = (content: string | number | boolean | Date): string =>
  types.isDate(content) ? content.toISOString() : typeof content === 'string' ? escaped(content) : String(content);

/** Control characters are no XML 1.0 in any form, but S3 writes them so; clients that can have such keys ask for another encoding. */
const escaped = (text: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it is about
  text.replace(/[&<>"\u0000-\u001f\ufffe\uffff]/g, (character) => named[character] ?? `&#x${character.charCodeAt(0).toString(16)};`);

const named: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
