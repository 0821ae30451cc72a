import { fail } from '../errors.ts';

/** `K=V` at the first `=`; the value may hold more of them. Errors: WrongUsage. */
export function pair(flag: string, text: string): [key: string, value: string] {
  const at = text.indexOf('=');
  if (at > 0) return [text.slice(0, at), text.slice(at + 1)];
  throw fail('WrongUsage', {
    message: `${flag} ${text}: there is no "name=" in front of the value.`,
    remedy: `Write it as ${flag} name=value.`,
  });
}
