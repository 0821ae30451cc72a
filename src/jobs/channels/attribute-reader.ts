import { isUtf8 } from 'node:buffer';
import { type Attribute, attributesOf } from '../../contract/augmented-manifest.ts';
import { fail } from '../../errors.ts';
import type { LinePart } from './input.ts';
import { fromManifest, locate, type Whereabouts } from './locate.ts';

/** Turns lines of one augmented manifest into what is streamed of them. Lines are counted from 1, as editors do. */
export class AttributeReader {
  /** Whose manifest it is, for messages. */
  readonly what: string;
  readonly #uri: string;
  readonly #names: readonly string[];
  readonly #whereabouts: Whereabouts;

  constructor(uri: string, names: readonly string[], whereabouts: Whereabouts) {
    this.what = whereabouts.what;
    this.#uri = uri;
    this.#names = names;
    this.#whereabouts = whereabouts;
  }

  /** Errors: ManifestInvalid. */
  attributes(bytes: Buffer, line: number): readonly Attribute[] {
    if (!isUtf8(bytes)) throw this.#refuse(line, 'is not UTF-8', 'Save the manifest as UTF-8.');
    return attributesOf(bytes.toString('utf8'), this.#names, { what: this.what, uri: this.#uri, line });
  }

  /** Finds the objects they name. Errors: ManifestInvalid for one that is not there; InputUnreadable. */
  async locate(attributes: readonly Attribute[], line: number, signal?: AbortSignal): Promise<readonly LinePart[]> {
    const parts: LinePart[] = [];
    for (const attribute of attributes) {
      if (attribute.kind === 'value') {
        parts.push(attribute);
        continue;
      }
      const uri = fromManifest(attribute.uri, this.#uri, this.what);
      const object = await locate(uri, this.#whereabouts, signal);
      if (!object) throw this.#refuse(line, `names ${uri}, which does not exist`, 'Put the object there, or take the line out.');
      parts.push({ kind: 'object', object });
    }
    return parts;
  }

  #refuse(line: number, message: string, remedy: string): Error {
    return fail('ManifestInvalid', { what: this.what, uri: this.#uri, place: `line ${line}`, message, remedy });
  }
}
