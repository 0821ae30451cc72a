/** What stands in an element: text, elements by their names, or nothing at all for `undefined`. A list repeats the element that it is the value of. */
export type XmlContent = string | number | boolean | undefined | readonly XmlContent[] | { readonly [element: string]: XmlContent };

/** A document whose root has the namespace, in UTF-8. */
export function xmlDocument(root: string, content: XmlContent, namespace?: string): string {
  const attribute = namespace === undefined ? '' : ` xmlns="${escaped(namespace)}"`;
  return `<?xml version="1.0" encoding="UTF-8"?>\n<${root}${attribute}>${inner(content)}</${root}>`;
}

const inner = (content: XmlContent): string => {
  if (typeof content !== 'object') return content === undefined ? '' : escaped(String(content));
  return Object.entries(content)
    .map(([name, value]) => element(name, value))
    .join('');
};

function element(name: string, content: XmlContent): string {
  if (content === undefined) return '';
  if (Array.isArray(content)) return content.map((each: XmlContent) => element(name, each)).join('');
  return `<${name}>${inner(content)}</${name}>`;
}

/**
 * A reader would turn a carriage return into a line feed, so it is written as a reference, and so are the other control characters, which XML
 * 1.0 has no place for; AWS does the same. Halves of characters are replaced, because nothing can be written for them.
 */
const escaped = (text: string): string => text.replaceAll(/[&<>"\p{Cc}\p{Cs}\ufffe\uffff]/gu, reference);

function reference(character: string): string {
  if (character === '\t' || character === '\n') return character;
  return named[character] ?? (/\p{Cs}/u.test(character) ? '\ufffd' : `&#x${character.charCodeAt(0).toString(16)};`);
}

const named: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
