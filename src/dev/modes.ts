/**
 * What `chmod` makes of a mode, with the umask of builds, 022: `755`, `+x`, `u+rw,go-w`, `a=rX`; undefined for what is not read here. Source:
 * POSIX, chmod.
 */
export function chmodded(mode: number, text: string): number | undefined {
  if (/^[0-7]{1,4}$/.test(text)) return Number.parseInt(text, 8);
  let result = mode;
  for (const clause of text.split(',')) {
    const [, who = '', sign, what = ''] = /^([ugoa]*)([-+=])([rwxX]*)$/.exec(clause) ?? [];
    if (sign === undefined) return undefined;
    const mask = who === '' ? 0o777 & ~umask : bitsOf(who);
    const bits = mask & (0o111 * permissions(what, result));
    if (sign === '+') result |= bits;
    else if (sign === '-') result &= ~bits;
    else result = (result & ~(who === '' ? 0o777 : bitsOf(who))) | bits;
  }
  return result;
}

const umask = 0o022;
const bitsOf = (who: string): number => [...who].reduce((bits, sign) => bits | ({ u: 0o700, g: 0o070, o: 0o007, a: 0o777 }[sign] ?? 0), 0);

/** X is x where somebody has that already. */
function permissions(what: string, mode: number): number {
  const execute = what.includes('x') || (what.includes('X') && (mode & 0o111) !== 0);
  return (what.includes('r') ? 4 : 0) | (what.includes('w') ? 2 : 0) | (execute ? 1 : 0);
}
