import { fail } from '../errors.ts';
import { absolutePath, fileUri, isAddress, pathOfFileUri } from '../host-paths.ts';

/** A local path or file:// address as the `S3Uri` of a request; anything with another scheme is left as it is. Errors: WrongUsage. */
export function toUri(pathOrUri: string, directory: string): string {
  if (pathOrUri === '') {
    throw fail('WrongUsage', {
      message: 'A path is empty, as an unset variable of a shell is.',
      remedy: 'Write . for the current directory.',
    });
  }
  if (isAddress(pathOrUri)) return pathOrUri;
  return fileUri(absolutePath(pathOrUri, directory));
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
    return pathOfFileUri(uri);
  } catch (error) {
    throw fail('SourceNotSupported', { what, uri }, error);
  }
}
