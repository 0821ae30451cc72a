/** A member's name as path parts below the directory it goes to, or why it must not be written. */
export type MemberName = { readonly parts: readonly string[] } | { readonly refused: string };

/** Linux takes no longer paths, and Windows shorter ones. */
const longest = 4096;

/** What is allowed as a name in an archive: relative and never upwards. `.` and empty parts mean nothing. */
export function memberName(name: string, platform: NodeJS.Platform = process.platform): MemberName {
  const parts = name.split(platform === 'win32' ? /[/\\]/ : '/');
  if (parts.length > 1 && parts[0] === '') return { refused: 'has an absolute path' };
  if (parts.includes('..')) return { refused: 'has a path that leads out of the archive' };
  if (name.includes('\0')) return { refused: 'has a path with a NUL in it' };
  if (name.length > longest) return { refused: 'has a path that is too long' };
  if (platform === 'win32' && name.includes(':')) return { refused: 'has a path that this system cannot store' };
  return { parts: parts.filter((part) => part !== '' && part !== '.') };
}
