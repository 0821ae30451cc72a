import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { absolutePath as absolute, isAddress, looksLikePath } from '../host-paths.ts';
import { type OptionName, optionOf, type PathKind } from '../options/options.ts';
import { entryShape } from '../options/value-shape.ts';

/** What an option of a project file says, with its paths starting where the file is. `hasSources`: there is a source directory beside it. */
export function located(name: OptionName, value: unknown, directory: string, hasSources: boolean): unknown {
  const { path: kind, type } = optionOf(name);
  if (kind === undefined) return value;
  const place = (text: string): string => locatedText(kind, text, directory, hasSources);
  if (type !== 'list') return typeof value === 'string' ? place(value) : value;
  const isNamed = entryShape(name) !== 'plain';
  return (value as readonly string[]).map((entry) => {
    const behind = isNamed ? entry.indexOf('=') + 1 : 0;
    return `${entry.slice(0, behind)}${place(entry.slice(behind))}`;
  });
}

/** An image that is a directory: it begins with `.`, `/` or `~`, or has a Dockerfile beside the file. */
export const locatedImage = (text: string, directory: string): string =>
  looksLikePath(text) || existsSync(join(directory, text, 'Dockerfile')) ? absolute(text, directory) : text;

function locatedText(kind: PathKind, text: string, directory: string, hasSources: boolean): string {
  if (text === '') return text; // whoever uses it says what is wrong with it
  switch (kind) {
    case 'path':
      return absolute(text, directory);
    case 'place':
      return isAddress(text) ? text : absolute(text, directory);
    case 'stream':
      return text === '-' ? text : absolute(text, directory);
    case 'model':
      return !isAddress(text) && (looksLikePath(text) || existsSync(join(directory, text))) ? absolute(text, directory) : text;
    case 'program':
      return hasSources ? text : absolute(text, directory);
    case 'secret':
      return text.replace(
        /(^|,)(src|source)=([^,]+)/,
        (_, before: string, key: string, path: string) => `${before}${key}=${absolute(path, directory)}`,
      );
    case 'body':
      return text.startsWith('@') && text.length > 1 ? `@${absolute(text.slice(1), directory)}` : text;
  }
}
