import { refuse } from './errors.ts';

/** An element of a document that a client sent. */
export interface XmlElement {
  /** Without a prefix. */
  readonly name: string;
  /** Everything that is no element, put together. */
  readonly text: string;
  readonly children: readonly XmlElement[];
}

/** The deepest of S3's own documents has four. */
const deepest = 16;

/**
 * Reads one of the few small documents that S3's operations take: elements, text, the five named entities, numbers, CDATA, comments.
 * Attributes are passed over, for they say nothing there; a DOCTYPE is refused, with all the harm it can do.
 *
 * @throws MalformedXML
 */
export function readXml(bytes: Buffer, root: string): XmlElement {
  let text: string;
  try {
    text = strictUtf8.decode(bytes);
  } catch {
    throw refuse('MalformedXML');
  }
  const found = new Reader(text).document();
  if (found.name !== root) throw refuse('MalformedXML');
  return found;
}

export const childrenOf = (parent: XmlElement, name: string): readonly XmlElement[] =>
  parent.children.filter((child) => child.name === name);

/** The text of the only child of that name; undefined when there is none. Errors: MalformedXML. */
export function textIn(parent: XmlElement, name: string): string | undefined {
  const [child, second] = childrenOf(parent, name);
  if (second || (child && child.children.length > 0)) throw refuse('MalformedXML');
  return child?.text;
}

const strictUtf8 = new TextDecoder('utf-8', { fatal: true });

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  document(): XmlElement {
    this.#passMisc();
    const root = this.#element(0);
    this.#passMisc();
    if (this.#at < this.#text.length) throw refuse('MalformedXML');
    return root;
  }

  #element(depth: number): XmlElement {
    const [, name, isEmpty] = this.#take(startTag);
    if (name === undefined || depth > deepest) throw refuse('MalformedXML');
    const children: XmlElement[] = [];
    let text = '';
    while (isEmpty === undefined) {
      if (this.#text.startsWith('</', this.#at)) {
        if (this.#take(endTag)[1] !== name) throw refuse('MalformedXML');
        break;
      }
      if (this.#pass('<!--', '-->') || this.#pass('<?', '?>')) continue;
      const data = this.#between('<![CDATA[', ']]>');
      if (data !== undefined) text += data;
      else if (this.#text[this.#at] === '<') children.push(this.#element(depth + 1));
      else text += this.#content();
    }
    return { name: name.slice(name.indexOf(':') + 1), text, children };
  }

  #content(): string {
    const end = this.#text.indexOf('<', this.#at);
    if (end < 0) throw refuse('MalformedXML');
    const content = this.#text.slice(this.#at, end);
    this.#at = end;
    return content.replaceAll(/&([^;]*;?)/g, (_whole, name: string) => characterOf(name));
  }

  /** White space, comments, instructions. */
  #passMisc(): void {
    do this.#take(whiteSpace);
    while (this.#pass('<!--', '-->') || this.#pass('<?', '?>'));
  }

  #pass(start: string, end: string): boolean {
    return this.#between(start, end) !== undefined;
  }

  #between(start: string, end: string): string | undefined {
    if (!this.#text.startsWith(start, this.#at)) return undefined;
    const from = this.#at + start.length;
    const to = this.#text.indexOf(end, from);
    if (to < 0) throw refuse('MalformedXML');
    this.#at = to + end.length;
    return this.#text.slice(from, to);
  }

  #take(pattern: RegExp): readonly (string | undefined)[] {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text);
    if (!found) throw refuse('MalformedXML');
    this.#at = pattern.lastIndex;
    return found;
  }
}

const whiteSpace = /[\s\uFEFF]*/y;
const startTag = /<([A-Za-z_][\w.:-]*)(?:\s+[A-Za-z_][\w.:-]*\s*=\s*(?:"[^"<]*"|'[^'<]*'))*\s*(\/)?>/y;
const endTag = /<\/([A-Za-z_][\w.:-]*)\s*>/y;

const entities: Readonly<Record<string, string>> = { 'amp;': '&', 'lt;': '<', 'gt;': '>', 'quot;': '"', 'apos;': "'" };

/** @param name with its semicolon */
function characterOf(name: string): string {
  const character = entities[name];
  if (character !== undefined) return character;
  const [, hexadecimal, decimal] = /^#(?:x([0-9a-fA-F]{1,6})|([0-9]{1,7}));$/.exec(name) ?? [];
  const code = hexadecimal === undefined ? Number(decimal) : Number.parseInt(hexadecimal, 16);
  if (!(code <= 0x10ffff) || (code >= 0xd800 && code <= 0xdfff)) throw refuse('MalformedXML');
  return String.fromCodePoint(code);
}
