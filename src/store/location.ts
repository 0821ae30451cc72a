import { resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { fail } from '../errors.ts';

/** A local path or file:// address as the `S3Uri` of a request; anything with another scheme is left as it is. Errors: WrongUsage. */
export function toUri(pathOrUri: string, directory: string): string {
  if (pathOrUri === '') {
    throw fail('WrongUsage', {
      message: 'A path is empty, as an unset variable of a shell is.',
      remedy: 'Write . for the current directory.',
    });
  }
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(pathOrUri)) return pathOrUri;
  const { href } = pathToFileURL(resolve(directory, pathOrUri));
  return pathOrUri.endsWith('/') && !href.endsWith('/') ? `${href}/` : href;
}

/**
 * The path of a `file://` address or of an absolute path.
 *
 * @param what whose address it is, for the message: `Channel "train"`
 * @throws SourceNotSupported
 */
export function localPath(uri: string, what: string): string {
  if (uri.startsWith('/')) return uri;
  if (!uri.startsWith('file:')) throw fail('SourceNotSupported', { what, uri });
  try {
    return fileURLToPath(uri);
  } catch (error) {
    throw fail('SourceNotSupported', { what, uri }, error);
  }
}
