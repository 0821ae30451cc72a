import { type Document, isAlias, LineCounter, type Node, parseDocument } from 'yaml';
import type { Position } from '../options/yaml-text.ts';

/** What is wrong at one place of a file, and the way out. */
export interface Mistake {
  /** Of the character, from the beginning of the text. */
  readonly offset: number;
  readonly message: string;
}

/** A text of YAML as the tree that was written, with the place of everything. */
export class ProjectDocument {
  readonly #text: string;
  readonly #lines = new LineCounter();
  readonly #document: Document;
  /** What the parser says of the text. */
  readonly mistakes: readonly Mistake[];
  /** The text is YAML, as far as anything can be read from it. */
  readonly isReadable: boolean;

  constructor(text: string) {
    this.#text = text;
    this.#document = parseDocument(text, { lineCounter: this.#lines, prettyErrors: false, keepSourceTokens: false }) as Document;
    const { errors, warnings } = this.#document;
    // A tag that nobody knows is only a warning to the parser; here it would pass for the bare value.
    this.mistakes = [...errors, ...warnings].map(({ message, pos }) => ({ offset: pos[0], message: `${message}.` }));
    this.isReadable = errors.every(({ code }) => code === 'DUPLICATE_KEY');
  }

  /** Undefined where the text is empty, or nothing but comments. */
  get root(): Node | undefined {
    return (this.#document.contents as Node | null) ?? undefined;
  }

  /** The node that an alias stands for; undefined where its anchor is missing. */
  target(node: unknown): unknown {
    return isAlias(node) ? node.resolve(this.#document) : node;
  }

  /** As it is written, in one line, cut where it is long. */
  written(node: Node): string {
    const [start, end] = node.range ?? [0, 0];
    const line = this.#text.slice(start, end).trim().replace(/\s+/g, ' ');
    return line.length > 60 ? `${line.slice(0, 60)}…` : line;
  }

  position(offset: number): Position {
    const { line, col } = this.#lines.linePos(offset);
    return { line, column: col };
  }
}
